/**
 * Two moons: train a small network on points in the plane, and draw the samples that it makes.
 *
 * The shortest way from nothing to samples: a recipe that overrides a preset, `train`, and `sample` with the weights
 * that training gives. What the network should learn is known exactly, so the result can be measured: the data lies
 * about two half circles, 0.08 away from them on average.
 *
 *     npx tsx --conditions=source examples/two-moons.ts
 */
import { fileURLToPath } from 'node:url';
import { diffusion, type Recipe } from 'rxdiffusion';
import { nodePlugins } from 'rxdiffusion/node';

/** Settings that a test can afford as well as a real run. */
export interface TwoMoonsSettings {
  readonly engine: string;
  /** Units of each layer of the network. */
  readonly width: number;
  /** Optimiser updates. */
  readonly updates: number;
  readonly batchSize: number;
  /** Steps of the sampler. */
  readonly steps: number;
  /** Points to sample. */
  readonly count: number;
}

/** A point `[x, y]`. */
export type Point = readonly [x: number, y: number];

/** Flow matching, as the preset `flow` has it, on two-dimensional points. */
export function twoMoonsRecipe({ engine, width, updates, batchSize, steps, count }: TwoMoonsSettings): Recipe {
  const warmUp = Math.min(50, updates - 1);
  return {
    format: 1,
    preset: 'flow',
    plugins: {
      engine,
      dataset: 'two-moons',
      denoiser: { name: 'mlp', config: { width } },
      optimizer: { name: 'adamw', config: { learningRate: 3e-3, warmUp, decay: 'cosine', totalSteps: updates } },
      average: { name: 'ema', config: { decay: 0.99 } },
    },
    train: { steps: updates, batchSize, seed: 1 },
    sample: { steps, count, seed: 7 },
  };
}

/** Trains, and samples with what was learned. */
export async function twoMoons(settings: TwoMoonsSettings): Promise<readonly Point[]> {
  await using pipeline = await diffusion(twoMoonsRecipe(settings), { plugins: nodePlugins });
  using weights = await pipeline.train();
  using samples = await pipeline.sample({ parameters: weights.parameters });
  const { data } = samples.images();
  return Array.from({ length: data.length / 2 }, (_, i) => [data[2 * i] ?? 0, data[2 * i + 1] ?? 0]);
}

/** Mean distance of points to the nearer of the two half circles. */
export function meanDistance(points: readonly Point[]): number {
  const distances = points.map(([x, y]) => Math.min(toUpperMoon(x, y), toUpperMoon(-x, -y)));
  return distances.reduce((sum, distance) => sum + distance, 0) / points.length;
}

/** Distance to the upper half of the circle of radius 1 about (-0.5, -0.25); the lower moon is this one, negated. */
function toUpperMoon(x: number, y: number): number {
  const [right, up] = [x + 0.5, y + 0.25];
  return up >= 0 ? Math.abs(Math.hypot(right, up) - 1) : Math.hypot(Math.abs(right) - 1, up);
}

/** A picture of the points' density in letters: the darker, the denser. */
export function densityPicture(points: readonly Point[], columns = 64, rows = 22): string {
  const shades = ' .:-=+*#%@';
  const cells = new Float64Array(columns * rows);
  for (const [x, y] of points) {
    const column = Math.floor(((x + 2) / 4) * columns);
    const row = Math.floor(((1.25 - y) / 2.5) * rows);
    if (column >= 0 && column < columns && row >= 0 && row < rows) cells[row * columns + column]! += 1;
  }
  const densest = Math.max(...cells, 1);
  const shade = (count: number): string => shades[Math.ceil((count / densest) * (shades.length - 1))] ?? ' ';
  const lines = Array.from({ length: rows }, (_, row) => [...cells.subarray(row * columns, (row + 1) * columns)]);
  return lines.map((line) => line.map(shade).join('')).join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const settings = { engine: 'auto', width: 64, updates: 3000, batchSize: 256, steps: 40, count: 3000 };
  console.log(`Training on ${settings.updates * settings.batchSize} points, then sampling ${settings.count}.\n`);
  const points = await twoMoons(settings);
  console.log(densityPicture(points));
  console.log(`\nmean distance to the moons: ${meanDistance(points).toFixed(3)} (the data has 0.080)`);
}
