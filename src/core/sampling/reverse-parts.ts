import type { Adapter } from '../contracts/adapter.js';
import type { Classifier } from '../contracts/classifier.js';
import type { Codec } from '../contracts/codec.js';
import type { Conditioner } from '../contracts/conditioning.js';
import type { Denoiser } from '../contracts/denoiser.js';
import type { Engine } from '../contracts/engine.js';
import type { Guidance } from '../contracts/guidance.js';
import type { NoiseSchedule } from '../contracts/noise-schedule.js';
import type { NoiseSource } from '../contracts/noise-source.js';
import type { Parameterization } from '../contracts/parameterization.js';
import type { Sampler } from '../contracts/sampler.js';
import type { ConditionCache } from './conditions/condition-cache.js';

/** What `reverse` is made of. Plugins by hand or from an assembly; nothing here is changed or disposed. */
export interface ReverseParts {
  readonly engine: Engine;
  readonly schedule: NoiseSchedule;
  readonly parameterization: Parameterization;
  readonly denoiser: Denoiser;
  readonly sampler: Sampler;
  readonly noise: NoiseSource;
  readonly conditioner?: Conditioner | undefined;
  /** Turns what events lend into images, where samples are latents. */
  readonly codec?: Codec | undefined;
  readonly guidance?: Guidance | undefined;
  /** Further networks that guidance may read, by slot: `denoiser:weak`, … */
  readonly networks?: Readonly<Record<string, Denoiser>> | undefined;
  /** Adapters by slot (`adapter`, `adapter:style`, …), in the order in which they are applied. */
  readonly adapters?: Readonly<Record<string, Adapter>> | undefined;
  /** The classifier of classifier guidance. */
  readonly classifier?: Classifier | undefined;
  /** Keeps what a conditioner with weights has encoded, for further runs. Whoever made it clears it. */
  readonly conditionCache?: ConditionCache | undefined;
}
