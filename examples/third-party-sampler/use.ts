/**
 * Uses the sampler of this package as anyone would: it is listed beside the standard plugins, and the recipe names it.
 *
 * A small network is trained once; then the same noise is solved with few steps by Euler's method and by `ab2`, and
 * compared with a solution of so many steps that it counts as exact. Both call the network once a step.
 *
 *     npx tsx --conditions=source examples/third-party-sampler/use.ts
 */
import { fileURLToPath } from 'node:url';
import { defineRecipe, diffusion, type ParameterSet, type Recipe } from 'rxdiffusion';
import { nodePlugins } from 'rxdiffusion/node';
import { ab2 } from './index.js';

const plugins = [...nodePlugins, ab2];

/** Samplers to compare, and the one for the exact solution. */
type Solver = 'euler' | 'heun' | 'ab2';

/** Settings that a test can afford as well as a real run. */
export interface ComparisonSettings {
  readonly engine: 'auto' | 'tfjs-cpu';
  /** Units of each layer of the network. */
  readonly width: number;
  /** Optimiser updates. */
  readonly updates: number;
  /** Numbers of steps to compare at. */
  readonly steps: readonly number[];
  /** Steps of the solution that counts as exact. */
  readonly exactSteps: number;
}

/** Root mean square distance to the exact solution, for each number of steps. */
export interface Comparison {
  readonly euler: readonly number[];
  readonly ab2: readonly number[];
}

/** Solves the same noise by both samplers. */
export async function comparison({ steps, exactSteps, ...settings }: ComparisonSettings): Promise<Comparison> {
  await using pipeline = await diffusion(recipeWith('ab2', settings), { plugins });
  using weights = await pipeline.train();
  const solved = (sampler: Solver, count: number) => solve(recipeWith(sampler, settings), count, weights.parameters);
  const exact = await solved('heun', exactSteps);
  const errorsOf = (sampler: Solver) =>
    Promise.all(steps.map(async (count) => distance(await solved(sampler, count), exact)));
  return { euler: await errorsOf('euler'), ab2: await errorsOf('ab2') };
}

function recipeWith(sampler: Solver, settings: Omit<ComparisonSettings, 'steps' | 'exactSteps'>): Recipe {
  const { engine, width, updates } = settings;
  return defineRecipe(plugins, {
    preset: 'edm',
    plugins: { engine, sampler, dataset: 'two-moons', denoiser: { name: 'mlp', config: { width } } },
    train: { steps: updates, batchSize: 128, seed: 1 },
    sample: { count: 256, seed: 7 },
  });
}

async function solve(recipe: Recipe, steps: number, parameters: ParameterSet): Promise<Float32Array> {
  await using pipeline = await diffusion(recipe, { plugins });
  using samples = await pipeline.sample({ steps, parameters });
  return samples.images().data;
}

function distance(a: Float32Array, b: Float32Array): number {
  return Math.sqrt(a.reduce((sum, value, i) => sum + (value - (b[i] ?? 0)) ** 2, 0) / a.length);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const steps = [10, 20, 40, 80, 160];
  const errors = await comparison({ engine: 'auto', width: 64, updates: 600, steps, exactSteps: 1000 });
  console.log('Distance to the exact solution\n\nsteps     euler       ab2');
  steps.forEach((count, i) =>
    console.log(`${String(count).padStart(5)}   ${errors.euler[i]?.toFixed(5)}   ${errors.ab2[i]?.toFixed(5)}`),
  );
}
