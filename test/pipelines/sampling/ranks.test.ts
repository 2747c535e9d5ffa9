import * as tf from '@tensorflow/tfjs';
import { lastValueFrom } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { definePlugin } from '../../../src/core/assembly/define-plugin.js';
import { Roles } from '../../../src/core/assembly/roles.js';
import { diffusion, type Diffusion } from '../../../src/pipelines/diffusion.js';
import { pixels } from '../../../src/pipelines/sampling/pixels.js';
import { preview } from '../../../src/pipelines/sampling/preview.js';
import { standardPlugins } from '../../../src/pipelines/presets/standard-plugins.js';

const shaped = definePlugin({
  role: Roles.denoiser,
  name: 'shaped',
  config: z.strictObject({ shape: z.array(z.int()) }),
  create: ({ config: { shape } }) => ({
    info: { sampleShape: shape },
    parameters: {},
    predict: (_, x) => tf.mul(x, 0.5),
  }),
});

const made: Diffusion[] = [];
const pipelineOf = async (shape: readonly number[], more: object = {}): Promise<Diffusion> => {
  const slots = { engine: 'tfjs-cpu', sampler: 'ddim', denoiser: { name: 'shaped', config: { shape } }, ...more };
  const recipe = { format: 1, preset: 'ddpm', plugins: slots, sample: { steps: 1, count: 2 } };
  const pipeline = await diffusion(recipe, { plugins: [...standardPlugins, shaped] });
  made.push(pipeline);
  return pipeline;
};
afterAll(() => Promise.all(made.map((pipeline) => pipeline.dispose())));

describe('films, samples of four axes', () => {
  let film: Diffusion;
  beforeAll(async () => (film = await pipelineOf([3, 4, 2, 1])));

  it('are sampled, and masked by pixel', async () => {
    using result = await film.sample();
    expect(result.x.shape).toEqual([2, 3, 4, 2, 1]);
    const inpaint = { data: new Float32Array(24), mask: new Float32Array(24) };
    using kept = await film.sample({ inpaint });
    expect([...kept.x.dataSync()].every((value) => value === 0)).toBe(true);
  });

  it('are an image for each frame, film by film', async () => {
    using result = await film.sample();
    const images = result.images();
    expect(images.shape).toEqual([6, 4, 2, 1]);
    expect([...images.data]).toEqual([...result.x.dataSync()]);
    const shape = [6, 4, 2, 1];
    await expect(film.sample.images()).resolves.toMatchObject({ shape });
    await expect(lastValueFrom(film.sample.events().pipe(pixels()))).resolves.toMatchObject({ images: { shape } });
    await expect(lastValueFrom(film.sample.events().pipe(preview({ every: 1 })))).resolves.toMatchObject({
      images: { shape },
    });
  });

  it('of which each holds a row of a sheet', async () => {
    const sheet = { name: 'sheet', config: { columns: 3, gap: 0 } };
    const pipeline = await pipelineOf([3, 4, 2, 1], { postProcessor: [sheet] });
    await expect(pipeline.sample.images()).resolves.toMatchObject({ shape: [1, 8, 6, 1] });
  });
});

describe('samples of five axes', () => {
  it('asked for as images are refused, and not cut', async () => {
    const pipeline = await pipelineOf([2, 3, 4, 4, 1]);
    using result = await pipeline.sample();
    const message = expect.stringMatching(/\[2, 3, 4, 4, 1\][^]*reshape/) as string;
    const refusal = { code: 'RXD_IMAGES_INVALID', message };
    expect(() => result.images()).toThrow(expect.objectContaining(refusal));
    await expect(pipeline.sample.images()).rejects.toMatchObject(refusal);
  });
});

describe('samples of fewer axes', () => {
  it.each([
    [[5], [2, 5, 1, 1]],
    [
      [3, 4],
      [2, 3, 4, 1],
    ],
    [
      [3, 4, 2],
      [2, 3, 4, 2],
    ],
  ])('of %j are images %j', async (shape, images) => {
    const pipeline = await pipelineOf(shape);
    using result = await pipeline.sample();
    expect(result.images().shape).toEqual(images);
  });

  it('two channels are refused where a file holds one, three or four', async () => {
    const pipeline = await pipelineOf([3, 4, 2], { postProcessor: ['to-pixels', 'png'] });
    await expect(pipeline.sample.images()).rejects.toThrow(/RXD_IMAGES_INVALID[^]*2 channels/);
  });
});
