import * as tf from '@tensorflow/tfjs';
import { lastValueFrom } from 'rxjs';
import {
  checkpointWeights,
  decodeCheckpoint,
  diffusion,
  Roles,
  type FloatImages,
  type Recipe,
  type SampleAsk,
} from 'rxdiffusion';
import { nodePlugins } from 'rxdiffusion/node';
import { digitsRecipe } from '../../examples/digits/recipe.js';

/** A small digit model, trained just now. */
export interface Trained {
  /** The bytes of its checkpoint. */
  readonly checkpoint: Uint8Array;
  /** What samples it, without an engine. */
  readonly recipe: Recipe;
}

const PARTS = new Set([
  'noise',
  'conditioner',
  'denoiser',
  'schedule',
  'grid',
  'parameterization',
  'guidance',
  'sampler',
]);

/** Trains the digit model of the examples, at half its width, for some seconds. */
export async function trainedDigits(): Promise<Trained> {
  const recipe = digitsRecipe({ steps: 400, channels: [16, 32], samplingSteps: 10, out: 'out' });
  const { observer: _, ...plugins } = recipe.plugins;
  await using pipeline = await diffusion(
    { ...recipe, plugins: { ...plugins, store: 'memory' } },
    { plugins: nodePlugins },
  );
  await lastValueFrom(pipeline.train.events());
  const store = pipeline.assembly.get(Roles.store);
  const [name = ''] = await store.list();
  const parts = Object.fromEntries(Object.entries(plugins).filter(([slot]) => PARTS.has(slot)));
  return { checkpoint: await store.read(name), recipe: { format: 1, plugins: parts, sample: recipe.sample ?? {} } };
}

/** What the model samples in Node, on the engine that `auto` takes. */
export async function sampledInNode({ checkpoint, recipe }: Trained, request: SampleAsk): Promise<FloatImages> {
  const plugins = { ...recipe.plugins, engine: 'auto' };
  await using pipeline = await diffusion({ ...recipe, plugins }, { plugins: nodePlugins });
  const { assembly, sample } = pipeline;
  const file = await decodeCheckpoint(checkpoint);
  const parameters = checkpointWeights(file, assembly.get(Roles.denoiser), assembly.get(Roles.engine));
  using result = await sample({ ...request, parameters });
  tf.dispose(parameters);
  return result.images();
}
