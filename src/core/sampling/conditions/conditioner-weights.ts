import * as tf from '@tensorflow/tfjs';
import type { ParametersBySlot, ParameterSet } from '../../contracts/denoiser.js';
import type { Engine } from '../../contracts/engine.js';
import type { LiveValues } from '../../contracts/guidance.js';
import { adaptedBy, changedWeights, type AdaptedBy, type AdaptedParts } from '../network/adapter-uses.js';

const SLOT = 'conditioner';

/** The adapters of the conditioner, with their weights and scales now. */
export const conditionerUse = (parts: AdaptedParts, given: ParametersBySlot, live: LiveValues): AdaptedBy =>
  adaptedBy(parts, SLOT, given, live);

/** The weights that conditions are encoded with: adapters change them when they are first read, until `dispose`. */
export class ConditionerWeights {
  readonly #engine: Engine;
  readonly #use: AdaptedBy;
  readonly #areOwn: boolean;
  #changed: ParameterSet | undefined;

  /** @param given - weights by slot, where they are not the plugins' own */
  constructor(parts: AdaptedParts & { readonly engine: Engine }, given: ParametersBySlot, live: LiveValues) {
    this.#engine = parts.engine;
    this.#use = conditionerUse(parts, given, live);
    const adapters = Object.entries(parts.adapters ?? {}).filter(([, { slot }]) => slot === SLOT);
    this.#areOwn = [SLOT, ...adapters.map(([key]) => key)].every((key) => given[key] === undefined);
  }

  /** What tells these weights from others that the same conditioner may have; nothing where a request gave some of them. */
  get identity(): readonly (object | number)[] | undefined {
    return this.#areOwn ? this.#use.uses.flatMap(({ adapter, scale }) => [adapter, scale]) : undefined;
  }

  /** The weights, lent. */
  read(): ParameterSet {
    const { base, uses } = this.#use;
    if (uses.length === 0) return base;
    this.#changed ??= changedWeights(this.#engine, this.#use);
    return { ...base, ...this.#changed };
  }

  /** Frees what adapters made. Idempotent. */
  dispose(): void {
    tf.dispose({ ...this.#changed });
    this.#changed = undefined;
  }
}
