import * as tf from '@tensorflow/tfjs';
import type { ParametersBySlot, ParameterSet } from '../../contracts/denoiser.js';
import type { LiveValues } from '../../contracts/guidance.js';
import type { ReverseParts } from '../reverse-parts.js';
import { adaptedBy, changedWeights, isSameUse, type AdaptedBy } from './adapter-uses.js';

/** The weights of a slot, changed. */
interface Adapted extends AdaptedBy {
  /** The tensors that were made, by name. */
  readonly changed: ParameterSet;
  readonly parameters: ParameterSet;
}

/** Its weights are read where conditions are encoded, and not in each step: see `ConditionerWeights`. */
const ELSEWHERE = 'conditioner';

/** The adapted weights of a run, which owns them. They are computed when weights or scales are others than before. */
export class AdaptedWeights {
  readonly #made = new Map<string, Adapted>();

  /** All tensors that were made and are not freed yet. */
  get tensors(): readonly tf.Tensor[] {
    return [...this.#made.values()].flatMap(({ changed }) => Object.values(changed));
  }

  /**
   * Weights by slot for a step: those that were given, and those that adapters change.
   *
   * @param given - weights by slot, where they are not the plugins' own
   */
  at(parts: ReverseParts, given: ParametersBySlot, live: LiveValues, index: number): ParametersBySlot {
    const slots = new Set(Object.values(parts.adapters ?? {}).map(({ slot }) => slot));
    slots.delete(ELSEWHERE);
    if (slots.size === 0) return given;
    const adapted = [...slots].map(
      (slot) => [slot, this.#adapted(parts, slot, adaptedBy(parts, slot, given, live), index)] as const,
    );
    return { ...given, ...Object.fromEntries(adapted) };
  }

  #adapted({ engine }: ReverseParts, slot: string, asked: AdaptedBy, index: number): ParameterSet {
    const before = this.#made.get(slot);
    if (before !== undefined && isSameUse(before, asked)) return before.parameters;
    const changed = changedWeights(engine, asked, index);
    const parameters = { ...asked.base, ...changed };
    this.#made.set(slot, { ...asked, changed, parameters });
    tf.dispose(Object.values(before?.changed ?? {}));
    return parameters;
  }
}
