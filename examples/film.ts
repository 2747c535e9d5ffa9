/**
 * Films: samples of four axes, `[frames, height, width, channels]`. A dataset and a network of our own, trained, sampled and
 * shown, a row of a sheet for each film.
 *
 *     npx tsx --conditions=source examples/film.ts
 */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { diffusion, type Diffusion } from 'rxdiffusion';
import { nodePlugins } from 'rxdiffusion/node';
import { batchOf, definePlugin, Roles, type Denoiser, type ParameterSet } from 'rxdiffusion/plugin';

const SHAPE = [4, 4, 4, 1];
const SIZE = 64;
const [FRAMES, SIDE] = [4, 4];

/** Films of a bright column that goes right by one pixel in each frame, and comes in again at the left. */
const movingColumn = definePlugin({
  role: Roles.dataset,
  name: 'moving-column',
  config: z.strictObject({}),
  create: () => ({
    info: { name: 'moving-column', shape: SHAPE, size: 256 },
    batch: ({ index, size }) => {
      const films = Array.from({ length: size }, (_, i) => filmFrom((index * size + i) % SIDE));
      return batchOf(Float32Array.from(films.flat()), [size, ...SHAPE]);
    },
  }),
});

function filmFrom(first: number): readonly number[] {
  return Array.from({ length: SIZE }, (_, at) => {
    const [frame, column] = [Math.floor(at / (SIDE * SIDE)), at % SIDE];
    return column === (first + frame) % SIDE ? 1 : -1;
  });
}

/** Two layers over all numbers of a film, told of the time. */
const filmNetwork = definePlugin({
  role: Roles.denoiser,
  name: 'film-network',
  config: z.strictObject({ width: z.int().default(64) }),
  inject: { noise: Roles.noise, engine: Roles.engine },
  async create({ config: { width }, noise, engine }): Promise<Denoiser> {
    const layer = (name: string, inputs: number, outputs: number): tf.Tensor => {
      const drawn = noise.normal({ seed: 0, purpose: name, step: 0 }, inputs * outputs);
      return tf.tensor2d(
        Float32Array.from(drawn, (value) => value / Math.sqrt(inputs)),
        [inputs, outputs],
      );
    };
    const make = (): ParameterSet => ({ in: layer('in', SIZE + 1, width), out: layer('out', width, SIZE) });
    await engine.start();
    const parameters = engine.run(make);
    return {
      info: { sampleShape: SHAPE },
      parameters,
      predict: (weights, x, time) => {
        const flat = tf.concat([tf.reshape(x, [-1, SIZE]), tf.reshape(tf.div(time, 1000), [-1, 1])], 1);
        const hidden = tf.tanh(tf.matMul(flat, weights['in'] as tf.Tensor2D));
        return tf.reshape(tf.matMul(hidden, weights['out'] as tf.Tensor2D), x.shape);
      },
      dispose: () => tf.dispose(parameters),
    };
  },
});

/** Plugins of films, beside others. */
export const filmPlugins = [movingColumn, filmNetwork];

/** Films of a column, and a sheet of them. */
export function filmRecipe(engine: string) {
  return {
    format: 1,
    preset: 'flow',
    plugins: {
      engine,
      dataset: 'moving-column',
      denoiser: 'film-network',
      parameterization: { name: 'x0', config: { time: 'sigma', timeScale: 1000 } },
      objective: { name: 'denoising-score-matching', config: { target: 'x0' } },
      average: { name: 'ema', config: { decay: 0.9 } },
      optimizer: { name: 'adam', config: { learningRate: 0.02 } },
      postProcessor: [{ name: 'sheet', config: { columns: FRAMES, gap: 1 } }, 'to-pixels', 'png'],
    },
  };
}

/** How far films are from the nearest one of the data, on the mean, after training; and the picture of the sheet. */
export async function films({ train, sample }: Diffusion, updates: number, count: number) {
  using learned = await train({ steps: updates, batchSize: 32 });
  const request = { steps: 20, count, seed: 1, parameters: learned.parameters };
  using result = await sample(request);
  const numbers = result.x.dataSync();
  const distances = Array.from({ length: count }, (_, film) => {
    const made = numbers.subarray(film * SIZE, (film + 1) * SIZE);
    const far = (first: number): number =>
      filmFrom(first).reduce((sum, value, i) => sum + (value - (made[i] ?? 0)) ** 2, 0) / SIZE;
    return Math.min(...Array.from({ length: SIDE }, (_, first) => far(first)));
  });
  const shown = await sample.images(request);
  const distance = distances.reduce((sum, value) => sum + value, 0) / count;
  return { shape: result.x.shape, frames: result.images().shape, distance, shown };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await using pipeline = await diffusion(filmRecipe('auto'), { plugins: [...nodePlugins, ...filmPlugins] });
  const { distance, shown } = await films(pipeline, 600, 8);
  if (shown.kind === 'files' && shown.files[0]) await writeFile('films.png', shown.files[0].bytes);
  console.log(`films.png: mean square distance to a film of the data ${distance.toFixed(3)}`);
}
