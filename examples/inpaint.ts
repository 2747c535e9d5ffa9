/**
 * Inpainting: a part of each sample is known and stays, the rest is made anew to go with it.
 *
 * Points of the two moons whose x is known: the network finds the y that belong to it, by any sampler. On pictures the
 * mask has a number for each pixel: 1 paints, 0 keeps.
 *
 *     npx tsx --conditions=source examples/inpaint.ts
 */
import { fileURLToPath } from 'node:url';
import { diffusion, type Diffusion, type ParameterSet } from 'rxdiffusion';
import { nodePlugins } from 'rxdiffusion/node';
import { meanDistance, twoMoonsRecipe, type Point } from './two-moons.js';

/** A point for each known x. */
export async function withKnownX(
  { sample }: Diffusion,
  known: readonly number[],
  parameters: ParameterSet,
): Promise<readonly Point[]> {
  const data = Float32Array.from(known.flatMap((x) => [x, 0]));
  const inpaint = { data, mask: Float32Array.of(0, 1) };
  using samples = await sample({ count: known.length, inpaint, parameters });
  const points = samples.images().data;
  return known.map((_, i) => [points[2 * i] ?? 0, points[2 * i + 1] ?? 0]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const settings = { engine: 'auto', width: 64, updates: 600, batchSize: 128, steps: 50, count: 1 };
  await using pipeline = await diffusion(twoMoonsRecipe(settings), { plugins: nodePlugins });
  using weights = await pipeline.train();
  const points = await withKnownX(pipeline, [-1.2, -0.8, -0.4, 0, 0.4, 0.8, 1.2], weights.parameters);
  for (const [x, y] of points) console.log(`x = ${x.toFixed(2)}  ->  y = ${y.toFixed(2)}`);
  console.log(`mean distance to the moons: ${meanDistance(points).toFixed(3)}`);
}
