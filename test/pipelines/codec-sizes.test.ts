import * as tf from '@tensorflow/tfjs';
import { lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { FloatImages } from '../../src/core/contracts/images.js';
import { diffusion, type Diffusion } from '../../src/pipelines/diffusion.js';
import { nodePlugins } from '../../src/pipelines/presets/node-plugins.js';
import { standardPlugins } from '../../src/pipelines/presets/standard-plugins.js';
import type { SampleOptions } from '../../src/pipelines/sample-function.js';
import { preview } from '../../src/pipelines/sampling/preview.js';

const blocks = {
  ...{ block_out_channels: [8, 8], layers_per_block: 1, norm_num_groups: 4, add_attention: false },
  ...{ down_block_types: ['DownBlock2D', 'DownBlock2D'], up_block_types: ['UpBlock2D', 'UpBlock2D'] },
};
const denoiser = { name: 'unet2d', config: { sample_size: 4, in_channels: 4, out_channels: 4, ...blocks } };
const codec = { name: 'patches', config: { height: 8, width: 8, scale: 0.5 } };

function pipelineOf(sample: object = {}, plugins: object = {}): Promise<Diffusion> {
  const recipe = {
    ...{ format: 1, preset: 'flow', sample: { steps: 2, ...sample } },
    plugins: { engine: 'tfjs-cpu', denoiser, codec, ...plugins },
  };
  return diffusion(recipe, { plugins: nodePlugins });
}

const imagesOf = async ({ sample }: Diffusion, ask: SampleOptions): Promise<FloatImages> => {
  using result = await sample(ask);
  return result.images();
};
const largest = (a: FloatImages, b: FloatImages): number =>
  a.data.reduce((most, value, i) => Math.max(most, Math.abs(value - (b.data[i] ?? Number.NaN))), 0);

describe('height and width of images, where samples are latents', () => {
  it('are in pixels, in results, previews and starts', async () => {
    await using pipeline = await pipelineOf();
    const ask = { height: 12, width: 20, seed: 3 };
    using result = await pipeline.sample({ ...ask, count: 2 });
    expect(result.x.shape).toEqual([2, 6, 10, 4]);
    expect(result.images().shape).toEqual([2, 12, 20, 1]);
    const shown = await lastValueFrom(pipeline.sample.events(ask).pipe(preview({ every: 1 }), toArray()));
    expect(shown.map(({ images }) => images.shape)).toEqual(Array(2).fill([1, 12, 20, 1]));
    const data = Float32Array.from({ length: 240 }, (_, i) => Math.sin(i) / 2);
    const near = await imagesOf(pipeline, { ...ask, steps: 1000, startFrom: { data, strength: 0.001 } });
    expect(largest(near, { ...near, data })).toBeLessThan(0.05);
    const mask = Float32Array.from({ length: 240 }, (_, i) => (i % 20 < 10 ? 1 : 0));
    const kept = await imagesOf(pipeline, { ...ask, inpaint: { data, mask } });
    expect(kept.data.filter((_, i) => i % 20 >= 10)).toEqual(data.filter((_, i) => i % 20 >= 10));
    const together = await Promise.all([1, 2].map((seed) => imagesOf(pipeline, { ...ask, seed })));
    expect(largest(together[1]!, await imagesOf(pipeline, { ...ask, seed: 2 }))).toBeLessThan(1e-5);
  });

  it('may be those of the recipe', async () => {
    await using pipeline = await pipelineOf({ height: 16 });
    expect((await imagesOf(pipeline, {})).shape).toEqual([1, 16, 8, 1]);
  });

  it.each<[ask: SampleOptions, says: RegExp]>([
    [{ height: 13 }, /got: height 13[^]*multiple of 2/],
    [{ width: 14 }, /the network does not take[^]*got: width 14[^]*multiples of 4, 4 at least/],
    [{ startFrom: { data: new Float32Array(64), strength: 1 }, height: 16 }, /startFrom\.data[^]*128/],
    [{ tiling: { size: 7 } }, /the codec does not take[^]*7 by 7 pixels[^]*multiples of 2/],
    [{ tiling: { overlap: 0.6 } }, /tiling\.overlap/],
  ])('are refused by name: %j', async (ask, says) => {
    await using pipeline = await pipelineOf();
    const error = { code: 'RXD_REQUEST_INVALID', message: expect.stringMatching(says) as string };
    await expect(pipeline.sample(ask)).rejects.toMatchObject(error);
  });
});

describe('tiling', () => {
  it('of a request or a recipe gives what one piece gives, by a codec that sees places alone', async () => {
    await using pipeline = await pipelineOf();
    await using tiles = await pipelineOf({ tiling: { size: 4 } });
    const data = Float32Array.from({ length: 12 * 20 }, (_, i) => Math.sin(i) / 2);
    const ask = { height: 12, width: 20, seed: 3, startFrom: { data, strength: 0.5 } };
    const whole = await imagesOf(pipeline, ask);
    expect(largest(await imagesOf(pipeline, { ...ask, tiling: { size: 8 } }), whole)).toBeLessThan(1e-5);
    expect(largest(await imagesOf(tiles, ask), whole)).toBeLessThan(1e-5);
  });

  it('is for codecs, and says so', async () => {
    const plugins = { engine: 'tfjs-cpu', denoiser: { name: 'mlp', config: { width: 4 } } };
    await using pipeline = await diffusion({ format: 1, preset: 'flow', plugins }, { plugins: standardPlugins });
    const error = { code: 'RXD_REQUEST_INVALID', message: expect.stringMatching(/no codec/) as string };
    await expect(pipeline.sample({ tiling: {} })).rejects.toMatchObject(error);
  });

  it('encodes the images of training too, to the same losses', async () => {
    const losses = async (train: object): Promise<number> => {
      const plugins = { engine: 'tfjs-cpu', denoiser, codec, dataset: 'digits' };
      const recipe = { format: 1, preset: 'flow', plugins, train: { steps: 2, batchSize: 4, ...train } };
      await using pipeline = await diffusion(recipe, { plugins: standardPlugins });
      using trained = await pipeline.train();
      return trained.loss;
    };
    expect(await losses({ tiling: { size: 4 } })).toBeCloseTo(await losses({}), 5);
  });
});

it('tiles give on every engine what one piece gives', async () => {
  const data = Float32Array.from({ length: 12 * 20 }, (_, i) => Math.sin(i) / 2);
  const ask = { height: 12, width: 20, count: 2, seed: 3, startFrom: { data, strength: 0.5 } };
  await using cpu = await pipelineOf();
  const expected = await imagesOf(cpu, ask);
  for (const engine of ['tfjs-wasm', 'onnxruntime']) {
    await using pipeline = await pipelineOf({}, { engine });
    const before = tf.memory().numTensors;
    const [whole, tiled] = [await imagesOf(pipeline, ask), await imagesOf(pipeline, { ...ask, tiling: { size: 8 } })];
    console.log(
      `tiles on ${engine}: ${largest(tiled, whole)} from one piece, ${largest(tiled, expected)} from tfjs-cpu`,
    );
    expect(largest(tiled, whole)).toBeLessThan(1e-5);
    expect(largest(tiled, expected)).toBeLessThan(1e-4);
    expect(tf.memory().numTensors).toBe(before);
  }
});
