import type { GuidanceContext, GuidanceState, LiveValues } from '../../contracts/guidance.js';
import type { NoiseLevel } from '../../contracts/noise-level.js';
import type { Denoised } from '../../contracts/sampler.js';
import type { Vector, VectorSpace } from '../../contracts/vector.js';
import { blame } from '../../errors/blame.js';
import { liveOf } from '../../loop/live-values.js';
import { clipDenoised } from '../../math/clip-denoised.js';
import { changedReading } from '../../math/changed-reading.js';
import { identityOf } from '../../assembly/plugin-identity.js';
import { tensorSpace } from '../../tensors/tensor-space.js';
import { checkedGuided, checkedMemory } from '../run/check-step.js';
import { blended, composed, knowingReading, shownSample, type KeptTensors } from '../start/inpaint.js';
import { NetworkReadings, type NetworkSetting } from './network-readings.js';
import { readingAt } from '../../compatibility/readable-levels.js';
import type { ClipOptions } from '../sample-request.js';
import type { ReverseParts } from '../reverse-parts.js';

/** What all estimates of one step share. */
export interface StepSetting {
  readonly network: NetworkSetting;
  /** The operations that guidance may use. */
  readonly space: VectorSpace;
  /** Steps of the run. */
  readonly count: number;
  readonly clip: ClipOptions | undefined;
  readonly kept: KeptTensors | undefined;
  /** The noise of the kept region in this step. */
  readonly keptNoise: () => Vector;
  readonly live: LiveValues;
}

/** The network calls of one step: guided, clipped and counted. Lives inside the step's tidy. */
export class GuidedDenoise {
  readonly #setting: StepSetting;
  #keptNoise: Vector | undefined;
  /** Calls of the networks that were made: none where guidance had enough in what it remembers. */
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
    const { kept } = this.#setting;
    const reading = kept ? this.#keeping(x, level, kept) : this.#clipped(this.#guide(x, level), x, level);
    this.denoised = kept ? composed(reading.denoised, kept) : reading.denoised;
    return reading;
  }

  #keeping(x: Vector, level: NoiseLevel, kept: KeptTensors): Denoised {
    if (kept.noise === undefined) return this.#knowing(x, level, kept);
    // What a step begins with is blended already, and the start of a run is to be all noise.
    const shown = this.denoised === undefined ? x : blended(x, level, kept, kept.noise);
    return this.#clipped(this.#guide(shown, level), shown, level);
  }

  /** Counts a call of the networks, of all their branches. */
  #counted<T>(said: T): T {
    this.calls++;
    return said;
  }

  #knowing(x: Vector, level: NoiseLevel, kept: KeptTensors): Denoised {
    this.#keptNoise ??= this.#setting.keptNoise();
    const shown = shownSample(x, level, kept, this.#keptNoise);
    return knowingReading(this.#clipped(this.#guide(shown, level), shown, level), x, level, kept);
  }

  #clipped(guided: Denoised, x: Vector, level: NoiseLevel): Denoised {
    const { clip, network } = this.#setting;
    if (clip === undefined) return guided;
    // Where guidance decouples the noise from x, what would be recomputed from x would undo that.
    const recomputeNoise = !clip.keepNoise && network.parts.guidance?.decouplesNoise !== true;
    return clipDenoised(tensorSpace, guided, x, level, { ...clip, recomputeNoise });
  }

  #guide(x: Vector, level: NoiseLevel): Denoised {
    const { network } = this.#setting;
    const { parts, index } = network;
    const { guidance } = parts;
    const networks = new NetworkReadings(network, x, readingAt(level, parts.parameterization, index));
    if (guidance === undefined) return this.#counted(networks.conditional());
    const live = liveOf('guidance', this.#setting.live);
    try {
      const branches = guidance.branches(level, live, this.guidanceState);
      const readings = branches.length === 0 ? {} : this.#counted(networks.of(branches));
      const { space, count } = this.#setting;
      const context = guidanceContext(space, { index, count, level, x, live, readings }, parts, networks);
      const [state, result] = guidance.combine(this.guidanceState, context);
      this.guidanceState = checkedMemory(state);
      return withVariance(checkedGuided(result, x), readings);
    } catch (error) {
      throw blame(error, identityOf(guidance, 'guidance'), index);
    }
  }
}

/** Guidance says nothing of a learned variance: that of the conditional reading stays, or of the first that there is. */
function withVariance(guided: Denoised, readings: GuidanceContext['readings']): Denoised {
  const variance = (readings['conditional'] ?? Object.values(readings)[0])?.variance;
  if (guided.variance !== undefined || variance === undefined) return guided;
  return changedReading(guided, { variance });
}

type At = Pick<GuidanceContext, 'index' | 'count' | 'level' | 'x' | 'live' | 'readings'>;

/** What guidance sees of one call. Field by field, as `stepContext` is. */
function guidanceContext(
  space: VectorSpace,
  { index, count, level, x, live, readings }: At,
  { classifier }: Pick<ReverseParts, 'classifier'>,
  networks: NetworkReadings,
): GuidanceContext {
  const context: { -readonly [K in keyof GuidanceContext]: GuidanceContext[K] } = {
    combine: space.combine,
    multiply: space.multiply,
    exp: space.exp,
    sqrt: space.sqrt,
    clip: space.clip,
    quantile: space.quantile,
    norm: space.norm,
    dot: space.dot,
    std: space.std,
    errorNorm: space.errorNorm,
    perSample: space.perSample,
    batchMean: space.batchMean,
    blend: space.blend,
    index,
    count,
    level,
    x,
    live,
    readings,
  };
  if (classifier) context.classGradient = () => networks.classGradient(classifier);
  return context;
}
