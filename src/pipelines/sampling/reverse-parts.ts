import type { Adapter } from '../../core/contracts/adapter.js';
import type { Classifier } from '../../core/contracts/classifier.js';
import type { Codec } from '../../core/contracts/codec.js';
import type { Conditioner } from '../../core/contracts/conditioning.js';
import type { Denoiser } from '../../core/contracts/denoiser.js';
import type { Engine } from '../../core/contracts/engine.js';
import type { Guidance } from '../../core/contracts/guidance.js';
import type { NoiseSchedule } from '../../core/contracts/noise-schedule.js';
import type { NoiseSource } from '../../core/contracts/noise-source.js';
import type { Parameterization } from '../../core/contracts/parameterization.js';
import type { Sampler } from '../../core/contracts/sampler.js';
import type { ConditionCache } from './condition-cache.js';

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
