import type { Adapter } from '../contracts/adapter.js';
import type { Classifier } from '../contracts/classifier.js';
import type { Codec } from '../contracts/codec.js';
import type { Conditioner } from '../contracts/conditioning.js';
import type { Control } from '../contracts/control.js';
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
  schedule: role<NoiseSchedule, 'one', 'schedule'>('schedule', 'one'),
  grid: role<StepGrid, 'one', 'grid'>('grid', 'one'),
  parameterization: role<Parameterization, 'one', 'parameterization'>('parameterization', 'one'),
  denoiser: role<Denoiser, 'one', 'denoiser'>('denoiser', 'one'),
  control: role<Control, 'one', 'control'>('control', 'one'),
  adapter: role<Adapter, 'one', 'adapter'>('adapter', 'one'),
  conditioner: role<Conditioner, 'one', 'conditioner'>('conditioner', 'one'),
  codec: role<Codec, 'one', 'codec'>('codec', 'one'),
  classifier: role<Classifier, 'one', 'classifier'>('classifier', 'one'),
  guidance: role<Guidance, 'one', 'guidance'>('guidance', 'one'),
  sampler: role<Sampler, 'one', 'sampler'>('sampler', 'one'),
  noise: role<NoiseSource, 'one', 'noise'>('noise', 'one'),
  postProcessor: role<PostProcessor, 'many', 'postProcessor'>('postProcessor', 'many'),
  dataset: role<Dataset, 'one', 'dataset'>('dataset', 'one'),
  objective: role<Objective, 'one', 'objective'>('objective', 'one'),
  timestepSampler: role<TimestepSampler, 'one', 'timestepSampler'>('timestepSampler', 'one'),
  optimizer: role<Optimizer, 'one', 'optimizer'>('optimizer', 'one'),
  average: role<Average, 'one', 'average'>('average', 'one'),
  engine: role<Engine, 'one', 'engine'>('engine', 'one'),
  store: role<Store, 'one', 'store'>('store', 'one'),
  observer: role<Observer, 'many', 'observer'>('observer', 'many'),
} as const satisfies Readonly<Record<string, Role<unknown>>>;
