import type { LiveValues } from '../../contracts/guidance.js';
import type { StepPosition } from '../../contracts/sampler.js';
import type { ParametersBySlot } from '../../contracts/denoiser.js';
import { bySlot } from '../network/by-slot.js';
import { isSameUse, type AdaptedBy } from '../network/adapter-uses.js';
import { conditionerUse } from './conditioner-weights.js';
import { conditionSetting } from './condition-setting.js';
import { encodeConditions, type AskedConditions } from './encode-conditions.js';
import type { RunConstants } from '../run/run-state.js';
import type { ReverseParts } from '../reverse-parts.js';
import { disposeConditions } from './run-conditions.js';
import type { StartingPoint } from '../start/starting-point.js';

/** What was asked for, as it stands at a step. */
type Asked = Pick<AskedConditions, 'condition' | 'negative'>;

/** Follows what a request asks for from step to step: as its schedule and its live values say. */
export class StepConditions {
  readonly #start: StartingPoint;
  #asked: Asked;
  #use: AdaptedBy;

  /** @param parts - those that the conditions of the start were encoded with */
  constructor(parts: ReverseParts, start: StartingPoint) {
    this.#start = start;
    this.#asked = start.request;
    this.#use = conditionerUse(parts, bySlot(start.request.parameters), {});
  }

  /** What lives as long as the run, with the conditions of a step; nothing where they are those of the step before. */
  renewed(
    { index, count }: StepPosition,
    live: LiveValues,
    parts: ReverseParts,
    parameters: ParametersBySlot,
    fixed: RunConstants,
  ): Promise<RunConstants> | undefined {
    const asked = askedAt(this.#start.request, index / count, live);
    const use = conditionerUse(parts, parameters, live);
    const { condition, negative } = this.#asked;
    if (asked.condition === condition && asked.negative === negative && isSameUse(use, this.#use)) return undefined;
    return this.#encoded({ asked, use, live }, parts, parameters, fixed);
  }

  async #encoded(
    { asked, use, live }: { readonly asked: Asked; readonly use: AdaptedBy; readonly live: LiveValues },
    parts: ReverseParts,
    parameters: ParametersBySlot,
    fixed: RunConstants,
  ): Promise<RunConstants> {
    const { request } = this.#start;
    const further = request.conditions ? { conditions: request.conditions } : {};
    const setting = { ...conditionSetting(parts, this.#start), parameters, live };
    const conditions = await encodeConditions(parts, { ...asked, ...further }, setting);
    [this.#asked, this.#use] = [asked, use];
    disposeConditions(fixed.conditions);
    return { ...fixed, conditions };
  }
}

/** Live values go before the schedule, and that before what the run began with. */
function askedAt(
  { condition, negative, conditionsFrom = [] }: StartingPoint['request'],
  share: number,
  live: LiveValues,
): Asked {
  const begun = conditionsFrom.filter(({ from }) => from <= share + 1e-9);
  const latest = (key: 'condition' | 'negative', first: unknown): unknown =>
    live[key] ?? begun.findLast((entry) => entry[key] !== undefined)?.[key] ?? first;
  return { condition: latest('condition', condition), negative: latest('negative', negative) };
}
