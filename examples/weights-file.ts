/**
 * Weights alone: train, keep what sampling needs in half the bytes, and sample from the file.
 *
 * A checkpoint holds what training goes on from: weights, their average and the state of the optimiser. A file of weights
 * holds one of these four, with the recipe that samples with it: what a page downloads, or a model that is given away.
 *
 *     npx tsx --conditions=source examples/weights-file.ts
 */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { diffusion, loadWeights, type StorageType } from 'rxdiffusion';
import { nodePlugins, openWeightsFile, saveWeightsFile } from 'rxdiffusion/node';
import { twoMoonsRecipe, type TwoMoonsSettings } from './two-moons.js';

/** Where files go, and how floats are stored in them. */
export interface WeightsFileSettings extends TwoMoonsSettings {
  readonly folder: string;
  readonly dtype: StorageType;
}

/** Trains, and saves the weights; gives the path of their file. */
export async function trainedWeights({ folder, dtype, ...settings }: WeightsFileSettings): Promise<string> {
  const recipe = twoMoonsRecipe(settings);
  const store = { name: 'folder', config: { path: folder } };
  await using pipeline = await diffusion(
    { ...recipe, plugins: { ...recipe.plugins, store } },
    { plugins: nodePlugins },
  );
  using result = await pipeline.train();
  const path = join(folder, 'moons.safetensors');
  await saveWeightsFile(path, result.weights(), { dtype });
  return path;
}

/** Samples from a file of weights. Nothing else is needed: the file says by which recipe. */
export async function sampledFrom(path: string): Promise<Float32Array> {
  await using weights = await openWeightsFile(path);
  await using pipeline = await diffusion(weights.recipe, { plugins: nodePlugins });
  using loaded = await loadWeights(weights, pipeline.assembly);
  using samples = await pipeline.sample({ parameters: loaded.parameters });
  return samples.images().data;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = await mkdtemp(join(tmpdir(), 'moons-'));
  const size = async (name: string): Promise<number> => (await stat(join(folder, name))).size;
  const settings = { engine: 'auto', width: 64, updates: 300, batchSize: 256, steps: 40, count: 1000 };
  const path = await trainedWeights({ ...settings, folder, dtype: 'float16' });
  const checkpoint = await size('checkpoint-00000300.safetensors');
  console.log(`${await size('moons.safetensors')} bytes of weights; the checkpoint has ${checkpoint}`);
  console.log(`${(await sampledFrom(path)).length / 2} points sampled`);
  await rm(folder, { recursive: true });
}
