import type { Dataset } from '../core/contracts/dataset.js';
import type { Denoiser } from '../core/contracts/denoiser.js';
import type { Assembly } from '../core/assembly/assembly.js';
import { adaptersOf } from '../core/assembly/networks.js';
import { Roles } from '../core/assembly/roles.js';
import type { Coding } from '../core/codec/coding.js';
import type { NoisingParts } from '../core/training/noisy-batch.js';
import type { FitParts } from '../core/training/network-fit.js';

/** The plugins of a training run, as the operators take them. */
export interface TrainingParts {
  readonly dataset: Dataset;
  /** For `encodeData`, where the pipeline has a codec. */
  readonly coding?: Coding;
  /** For `addNoise`. */
  readonly noising: NoisingParts;
  /** For `fit`, with `steps` and `batchSize`. */
  readonly fitting: FitParts & { readonly denoiser: Denoiser; readonly memoryLimit: number };
}

/** The parts of a training run, for composing operators by hand. Throws `RXD_PLUGIN_MISSING`. */
export function trainingParts(assembly: Assembly, seed: number): TrainingParts {
  const conditioner = assembly.find(Roles.conditioner);
  const codec = assembly.find(Roles.codec);
  const average = assembly.find(Roles.average);
  return {
    dataset: assembly.get(Roles.dataset),
    ...(codec ? { coding: { engine: assembly.get(Roles.engine), codec } } : {}),
    noising: {
      schedule: assembly.get(Roles.schedule),
      timestepSampler: assembly.get(Roles.timestepSampler),
      noise: assembly.get(Roles.noise),
      seed,
    },
    fitting: {
      memoryLimit: assembly.memoryLimit,
      engine: assembly.get(Roles.engine),
      denoiser: assembly.get(Roles.denoiser),
      parameterization: assembly.get(Roles.parameterization),
      objective: assembly.get(Roles.objective),
      optimizer: assembly.get(Roles.optimizer),
      ...(conditioner ? { conditioner } : {}),
      adapters: adaptersOf(assembly),
      ...(average ? { average } : {}),
    },
  };
}
