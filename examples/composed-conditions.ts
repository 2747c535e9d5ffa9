/**
 * Composed conditions: samples that fit two conditions, of a network that has learned each of them alone.
 *
 * Points lie about the corners of a square, and each is labelled with one of its sides: left, right, down or up. Nobody has
 * told the network of corners; two sides at once ask for one.
 *
 *     npx tsx --conditions=source examples/composed-conditions.ts
 */
import { fileURLToPath } from 'node:url';
import {
  batchOf,
  definePlugin,
  diffusion,
  Roles,
  type Dataset,
  type Diffusion,
  type ParameterSet,
  type Recipe,
} from 'rxdiffusion';
import { nodePlugins } from 'rxdiffusion/node';
import { z } from 'zod';
import type { Point } from './two-moons.js';

/** Labels by name. */
export const SIDES = { left: 0, right: 1, down: 2, up: 3 } as const;
type Side = keyof typeof SIDES;

/** Points about (±1, ±1), new ones in every epoch, each with the label of one of its two sides. */
export const corners = definePlugin({
  role: Roles.dataset,
  name: 'corners',
  config: z.strictObject({ size: z.int().min(1).default(8192).describe('points in an epoch') }),
  inject: { noise: Roles.noise },
  create: ({ config, noise }): Dataset => ({
    info: { name: 'corners', size: config.size, shape: [2], classes: 4 },
    batch({ seed, epoch, index, size }) {
      const key = { seed, step: epoch * config.size + index };
      const [spread, draws] = [
        noise.normal({ ...key, purpose: 'corners/spread' }, 2 * size),
        noise.uniform({ ...key, purpose: 'corners/corner' }, 3 * size),
      ];
      const chosen = (at: number): 0 | 1 => ((draws[at] ?? 0) < 0.5 ? 0 : 1);
      const data = Float32Array.from(spread, (value, k) => {
        const side = chosen(3 * Math.floor(k / 2) + (k % 2));
        return 2 * side - 1 + 0.25 * value;
      });
      const labels = Int32Array.from({ length: size }, (_, k) => {
        const axis = chosen(3 * k + 2);
        return 2 * axis + chosen(3 * k + axis);
      });
      return batchOf(data, [size, 2], labels);
    },
  }),
});

/** Settings that a test can afford as well as a real run. */
export interface ComposedSettings {
  readonly engine: string;
  readonly width: number;
  readonly updates: number;
  readonly batchSize: number;
  readonly steps: number;
}

/** A network of four labels, guided by two conditions named `one` and `other`. */
export function composedRecipe({ engine, width, updates, batchSize, steps }: ComposedSettings): Recipe {
  const warmUp = Math.min(50, updates - 1);
  return {
    format: 1,
    preset: 'flow',
    plugins: {
      engine,
      dataset: 'corners',
      denoiser: { name: 'mlp', config: { width, classes: 5 } },
      conditioner: { name: 'class-label', config: { classes: 4 } },
      guidance: { name: 'composable', config: { weights: { one: 1, other: 1 } } },
      optimizer: { name: 'adamw', config: { learningRate: 3e-3, warmUp, decay: 'cosine', totalSteps: updates } },
      average: { name: 'ema', config: { decay: 0.99 } },
    },
    train: { steps: updates, batchSize, seed: 1 },
    sample: { steps, seed: 7 },
  };
}

/** The share of points that lie on both sides. */
export async function shareInCorner(
  { sample }: Diffusion,
  [one, other]: readonly [Side, Side],
  { count, parameters }: { readonly count: number; readonly parameters: ParameterSet },
): Promise<number> {
  using samples = await sample({ count, parameters, conditions: { one: SIDES[one], other: SIDES[other] } });
  const { data } = samples.images();
  const points = Array.from({ length: count }, (_, k): Point => [data[2 * k] ?? 0, data[2 * k + 1] ?? 0]);
  return points.filter((point) => isOn(point, one) && isOn(point, other)).length / count;
}

function isOn([x, y]: Point, side: Side): boolean {
  return { left: x < 0, right: x > 0, down: y < 0, up: y > 0 }[side];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const settings = { engine: 'auto', width: 64, updates: 1500, batchSize: 256, steps: 40 };
  await using pipeline = await diffusion(composedRecipe(settings), { plugins: [...nodePlugins, corners] });
  using weights = await pipeline.train();
  const asked = { count: 1000, parameters: weights.parameters };
  for (const pair of [
    ['left', 'up'],
    ['right', 'up'],
    ['left', 'down'],
    ['right', 'down'],
  ] as const) {
    const share = await shareInCorner(pipeline, pair, asked);
    console.log(`${pair.join(' and ')}: ${(100 * share).toFixed(1)} % of the points are there`);
  }
}
