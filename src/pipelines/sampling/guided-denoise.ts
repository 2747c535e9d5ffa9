import * as tf from '@tensorflow/tfjs';
import type { ParameterSet } from '../../core/contracts/denoiser.js';
import type { GuidanceBranches, GuidanceState, LiveValues } from '../../core/contracts/guidance.js';
import type { NoiseLevel } from '../../core/contracts/noise-level.js';
import type { Reading } from '../../core/contracts/parameterization.js';
import type { Denoised } from '../../core/contracts/sampler.js';
import type { Vector } from '../../core/contracts/vector.js';
import { blame } from '../../core/errors/blame.js';
import { liveOf } from '../../core/loop/live-values.js';
import { clipDenoised } from '../../core/math/clip-denoised.js';
import { identityOf } from '../../core/plugins/plugin-identity.js';
import { asVector, tensorOf, tensorSpace } from '../../core/tensors/tensor-space.js';
import { checkedGuided, checkedMemory } from './check-step.js';
import { callInput, networkCall } from './network-call.js';
import { NetworkReading } from './network-reading.js';
import { conditionsFor, type PreparedConditions } from './prepared-conditions.js';
import { readingAt } from './readable-levels.js';
import type { ReverseParts } from './reverse-parts.js';
import type { ClipOptions } from './sample-request.js';

/** What all network calls of one step share. */
export interface StepSetting {
  readonly parts: ReverseParts;
  readonly parameters: ParameterSet;
  readonly conditions: PreparedConditions;
  readonly clip: ClipOptions | undefined;
  readonly live: LiveValues;
  readonly index: number;
}

/** The network calls of one step: guided, clipped and counted. Lives inside the step's tidy. */
export class GuidedDenoise {
  readonly #setting: StepSetting;
  /** Network calls made. */
  calls = 0;
  /** What guidance remembers after the last call. */
  guidanceState: GuidanceState;
  /** The last estimate of the clean sample, for the event. */
  denoised: Vector | undefined;

  constructor(setting: StepSetting, guidanceState: GuidanceState) {
    this.#setting = setting;
    this.guidanceState = guidanceState;
  }

  denoise(x: Vector, level: NoiseLevel): Denoised {
    this.calls++;
    const guided = this.#guide(x, level);
    const { clip } = this.#setting;
    const kept = clip
      ? clipDenoised(tensorSpace, guided, x, level, { range: clip.range, recomputeNoise: !clip.keepNoise })
      : guided;
    this.denoised = kept.denoised;
    return kept;
  }

  #guide(x: Vector, level: NoiseLevel): Denoised {
    const { guidance } = this.#setting.parts;
    const reading = readingAt(level, this.#setting.parts.parameterization, this.#setting.index);
    if (guidance === undefined) return this.#side('conditional', x, reading);
    const live = liveOf('guidance', this.#setting.live);
    try {
      const branches = guidance.branches(level, live);
      const sides = branches === 'both' ? this.#both(x, reading) : { [branches]: this.#side(branches, x, reading) };
      const [state, result] = guidance.combine(this.guidanceState, { ...tensorSpace, level, x, live, ...sides });
      this.guidanceState = checkedMemory(state);
      return checkedGuided(result, x);
    } catch (error) {
      throw blame(error, identityOf(guidance, 'guidance'), this.#setting.index);
    }
  }

  #side(branches: GuidanceBranches, x: Vector, reading: Reading): Denoised {
    const output = this.#predict((call, input) => call.single(input), branches, x, reading);
    return this.#read(output, x, reading);
  }

  #both(x: Vector, reading: Reading): { readonly conditional: Denoised; readonly unconditional: Denoised } {
    const [conditional, unconditional] = this.#predict((call, input) => call.both(input), 'both', x, reading);
    return { conditional: this.#read(conditional, x, reading), unconditional: this.#read(unconditional, x, reading) };
  }

  #predict<T>(
    predict: (call: ReturnType<typeof networkCall>, input: ReturnType<typeof callInput>) => T,
    branches: GuidanceBranches,
    x: Vector,
    reading: Reading,
  ): T {
    const { parts, parameters, conditions, index } = this.#setting;
    const conditioning = conditionsFor(conditions, branches);
    try {
      const call = networkCall(parts.engine, parts.denoiser);
      return predict(call, callInput(parameters, tensorOf(x), reading, conditioning));
    } catch (error) {
      throw blame(error, identityOf(parts.denoiser, 'denoiser'), index);
    }
  }

  #read(output: tf.Tensor, x: Vector, reading: Reading): Denoised {
    if (!this.#setting.parts.denoiser.info.learnsVariance)
      return new NetworkReading(tensorSpace, x, asVector(output), reading);
    const [mean, variance] = tf.split(output, 2, -1);
    return new NetworkReading(tensorSpace, x, asVector(mean as tf.Tensor), reading, asVector(variance as tf.Tensor));
  }
}
