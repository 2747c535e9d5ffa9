import {
  diffusion,
  loadWeights,
  memoryStore,
  openWeights,
  saveWeights,
  type FloatImages,
  type Recipe,
  type SampleOptions,
} from 'rxdiffusion';
import { nodePlugins } from 'rxdiffusion/node';
import { digitsRecipe } from '../../examples/digits/recipe.js';

/** A small digit model, trained just now. */
export interface Trained {
  /** The bytes of its weights. */
  readonly weights: Uint8Array;
  /** What samples it. */
  readonly recipe: Recipe;
}

/** Trains the digit model of the examples, at half its width, for some seconds. */
export async function trainedDigits(steps = 400): Promise<Trained> {
  const recipe = digitsRecipe({ steps, channels: [16, 32], samplingSteps: 10, out: 'out' });
  const { observer: _, ...plugins } = recipe.plugins;
  await using pipeline = await diffusion(
    { ...recipe, plugins: { ...plugins, store: 'memory' } },
    { plugins: nodePlugins },
  );
  using result = await pipeline.train();
  const store = memoryStore();
  await saveWeights(store, 'weights.safetensors', result.weights());
  const weights = await store.read('weights.safetensors');
  return { weights, recipe: (await openWeights(weights)).recipe };
}

/** What the model samples in Node, on the engine that `auto` takes. */
export async function sampledInNode({ weights, recipe }: Trained, request: SampleOptions): Promise<FloatImages> {
  const plugins = { ...recipe.plugins, engine: 'auto' };
  await using pipeline = await diffusion({ ...recipe, plugins }, { plugins: nodePlugins });
  using loaded = await loadWeights(await openWeights(weights), pipeline.assembly);
  using result = await pipeline.sample({ ...request, parameters: loaded.parameters });
  return result.images();
}
