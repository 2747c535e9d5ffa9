import type { Classifier } from '../contracts/classifier.js';
import type { Conditioner } from '../contracts/conditioning.js';
import type { Dataset } from '../contracts/dataset.js';
import type { Denoiser } from '../contracts/denoiser.js';
import type { Engine } from '../contracts/engine.js';
import type { Guidance } from '../contracts/guidance.js';
import type { NoiseSchedule } from '../contracts/noise-schedule.js';
import type { NoiseSource } from '../contracts/noise-source.js';
import type { Observer } from '../contracts/observer.js';
import type { Parameterization } from '../contracts/parameterization.js';
import type { PostProcessor } from '../contracts/post-processor.js';
import type { Sampler } from '../contracts/sampler.js';
import type { StepGrid } from '../contracts/step-grid.js';
import type { Store } from '../contracts/store.js';
import type { Average, Objective, Optimizer, TimestepSampler } from '../contracts/training.js';
import { role, type Role } from './role.js';

/** The roles of the framework. In a recipe, a role's name is the key of its slot. */
export const Roles = {
  schedule: role<NoiseSchedule, 'one'>('schedule', 'one'),
  grid: role<StepGrid, 'one'>('grid', 'one'),
  parameterization: role<Parameterization, 'one'>('parameterization', 'one'),
  denoiser: role<Denoiser, 'one'>('denoiser', 'one'),
  conditioner: role<Conditioner, 'one'>('conditioner', 'one'),
  classifier: role<Classifier, 'one'>('classifier', 'one'),
  guidance: role<Guidance, 'one'>('guidance', 'one'),
  sampler: role<Sampler, 'one'>('sampler', 'one'),
  noise: role<NoiseSource, 'one'>('noise', 'one'),
  postProcessor: role<PostProcessor, 'many'>('postProcessor', 'many'),
  dataset: role<Dataset, 'one'>('dataset', 'one'),
  objective: role<Objective, 'one'>('objective', 'one'),
  timestepSampler: role<TimestepSampler, 'one'>('timestepSampler', 'one'),
  optimizer: role<Optimizer, 'one'>('optimizer', 'one'),
  average: role<Average, 'one'>('average', 'one'),
  engine: role<Engine, 'one'>('engine', 'one'),
  store: role<Store, 'one'>('store', 'one'),
  observer: role<Observer, 'many'>('observer', 'many'),
} as const satisfies Readonly<Record<string, Role<unknown>>>;
