import * as tf from '@tensorflow/tfjs';
import { lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { decodedLatents, encodedImages } from '../../src/core/codec/coding.js';
import type { Codec } from '../../src/core/contracts/codec.js';
import { macrotask } from '../../src/core/loop/macrotask.js';
import { Roles } from '../../src/core/assembly/roles.js';
import { definePlugin } from '../../src/core/assembly/define-plugin.js';
import { diffusion, type Diffusion } from '../../src/pipelines/diffusion.js';
import { standardPlugins } from '../../src/pipelines/presets/standard-plugins.js';
import { patches } from '../../src/plugins/codecs/patches.js';
import { preview } from '../../src/pipelines/sampling/preview.js';
import { cpu } from './sampling/parts.js';

const SIDE = 8;
const size = SIDE * SIDE;

/** `patches`, that counts and may be broken, with a weight that scales what it encodes. */
function watched(change: Partial<Codec> = {}) {
  const seen = { encoded: 0, decoded: 0 };
  const plugin = definePlugin({
    role: Roles.codec,
    name: 'watched',
    config: z.strictObject({}),
    create: async (): Promise<Codec> => {
      const codec = await patches.create({ config: { height: SIDE, width: SIDE, channels: 1, patch: 2, scale: 1 } });
      const parameters = { gain: tf.scalar(2) };
      return {
        ...codec,
        scale: 0.5,
        shift: 0.25,
        parameters,
        encode: ({ gain }, images) => {
          seen.encoded++;
          return tf.mul(codec.encode({}, images), gain as tf.Tensor);
        },
        decode: ({ gain }, latents) => {
          seen.decoded++;
          return codec.decode({}, tf.div(latents, gain as tf.Tensor));
        },
        dispose: () => parameters.gain.dispose(),
        ...change,
      };
    },
  });
  return { plugin, seen };
}

const network = { name: 'unet2d', config: { sample_size: 4, in_channels: 4, out_channels: 4 } };
const small = { block_out_channels: [8], down_block_types: ['DownBlock2D'], up_block_types: ['UpBlock2D'] };
const denoiser = { ...network, config: { ...network.config, ...small, layers_per_block: 1, norm_num_groups: 4 } };

function pipelineOf(plugins: object = {}, change: Partial<Codec> = {}): Promise<Diffusion> {
  const recipe = {
    format: 1,
    preset: 'flow',
    plugins: { engine: 'tfjs-cpu', denoiser, codec: 'watched', dataset: 'digits', ...plugins },
    sample: { steps: 3, count: 2 },
    train: { steps: 2, batchSize: 4 },
  };
  return diffusion(recipe, { plugins: [...standardPlugins, watched(change).plugin] });
}

const picture = Float32Array.from({ length: size }, (_, i) => Math.sin(i) / 2);

describe('a pipeline with a codec', () => {
  it('samples latents, and gives images', async () => {
    await using pipeline = await pipelineOf();
    using result = await pipeline.sample({ seed: 3 });
    expect(result.x.shape).toEqual([2, 4, 4, 4]);
    const images = result.images();
    expect(images.shape).toEqual([2, SIDE, SIDE, 1]);
    const codec = pipeline.assembly.get(Roles.codec);
    const decoded = decodedLatents({ engine: pipeline.assembly.get(Roles.engine), codec }, result.x);
    expect([...images.data]).toEqual([...decoded.dataSync()]);
    decoded.dispose();
    await expect(pipeline.sample.images({ seed: 3 })).resolves.toEqual(images);
  });

  it('lends latents in events, and previews images', async () => {
    await using pipeline = await pipelineOf();
    const shown = await lastValueFrom(pipeline.sample.events({ seed: 3 }).pipe(preview({ every: 1 }), toArray()));
    expect(shown.map(({ images }) => images.shape)).toEqual(Array(3).fill([2, SIDE, SIDE, 1]));
    expect(() => structuredClone(shown)).not.toThrow();
    const lent: number[][] = [];
    await pipeline.sample.events().forEach(({ x }) => void lent.push(x.shape));
    expect(lent).toEqual(Array(5).fill([2, 4, 4, 4]));
  });

  it('gives requests that share a batch what they have alone', async () => {
    await using pipeline = await pipelineOf();
    const mask = Float32Array.from({ length: size }, (_, i) => (i % SIDE < 3 ? 1 : 0));
    const asks = [1, 2].map((seed) => ({ seed, inpaint: { data: picture.map((v) => v / seed), mask } }));
    const images = (ask: object): Promise<unknown> => pipeline.sample.images(ask);
    const together = await Promise.all(asks.map(images));
    expect(together).toEqual([await images(asks[0] as object), await images(asks[1] as object)]);
  });

  it('starts from images', async () => {
    await using pipeline = await pipelineOf();
    const startFrom = { data: picture, strength: 0.001 };
    const { data } = (await pipeline.sample.images({ steps: 1000, count: 1, startFrom })) as { data: Float32Array };
    expect(Math.max(...data.map((value, i) => Math.abs(value - (picture[i] ?? 0))))).toBeLessThan(0.05);
  });

  it('keeps pixels exactly, and makes a cell of latents anew where one of its pixels is', async () => {
    await using pipeline = await pipelineOf();
    const mask = Float32Array.from({ length: size }, (_, i) => (i % SIDE < 3 ? 1 : i % SIDE === 3 ? 0.5 : 0));
    using kept = await pipeline.sample({ count: 1, inpaint: { data: picture, mask } });
    const { data } = kept.images();
    const column = (at: number) => (_: number, i: number) => i % SIDE === at;
    for (const at of [4, 5, 6, 7]) expect([...data.filter(column(at))]).toEqual([...picture.filter(column(at))]);
    for (const at of [0, 1, 2]) expect([...data.filter(column(at))]).not.toEqual([...picture.filter(column(at))]);
    using own = await pipeline.sample({ count: 1 });
    const codec = pipeline.assembly.get(Roles.codec);
    const known = await encodedImages({ engine: pipeline.assembly.get(Roles.engine), codec }, picture);
    const x = kept.x.dataSync();
    const isKept = (at: number): boolean => Math.floor(at / 4) % 4 >= 2;
    expect([...x].every((value, at) => isKept(at) === (value === known[at]))).toBe(true);
    expect(own.x.shape).toEqual(kept.x.shape);
  });

  it('takes weights of the codec by its slot', async () => {
    await using pipeline = await pipelineOf();
    const gain = tf.scalar(4);
    using own = await pipeline.sample({ seed: 1 });
    using other = await pipeline.sample({ seed: 1, parameters: { codec: { gain } } });
    expect([...other.x.dataSync()]).toEqual([...own.x.dataSync()]);
    const halved = own.images().data.map((value) => value / 2);
    other.images().data.forEach((value, i) => expect(value).toBeCloseTo(halved[i] ?? 0, 5));
    const wrong = pipeline.sample({ parameters: { codec: { gains: gain } } });
    await expect(wrong).rejects.toMatchObject({ code: 'RXD_PARAMETERS_MISMATCH' });
    gain.dispose();
  });

  it('trains on latents, and leaves the codec as it is', async () => {
    await using pipeline = await pipelineOf();
    using trained = await pipeline.train();
    expect(trained.loss).toBeGreaterThan(0);
    expect(Object.keys(trained.parametersBySlot)).toEqual(['denoiser', 'codec']);
    expect(pipeline.assembly.get(Roles.codec).parameters['gain']?.dataSync()[0]).toBe(2);
    using result = await pipeline.sample({ parameters: trained.parameters });
    expect(result.images().shape).toEqual([2, SIDE, SIDE, 1]);
  });
});

describe('a codec that does not fit', () => {
  it.each([
    ['images of another shape than the dataset', 'RXD_COMBINATION', { dataset: 'two-moons' }, {}],
    ['latents of another shape than the network', 'RXD_COMBINATION', { codec: codecOf(4) }, {}],
    ['no scale', 'RXD_PLUGIN_OUTPUT', {}, { scale: 0 }],
    ['no shapes', 'RXD_PLUGIN_OUTPUT', {}, { info: { imageShape: [8], latentShape: [] } }],
  ] as const)('%s', async (_, code, plugins, change) => {
    await expect(pipelineOf(plugins, change)).rejects.toMatchObject({ code });
  });

  it.each([
    ['a decoder that throws', 'RXD_PLUGIN_FAILED', { decode: broken }],
    ['a decoder of another shape', 'RXD_PLUGIN_OUTPUT', { decode: (_: unknown, x: tf.Tensor) => x }],
    ['an encoder that throws', 'RXD_PLUGIN_FAILED', { encode: broken }],
    ['an encoder of NaN', 'RXD_PLUGIN_OUTPUT', { encode: () => tf.fill([1, 4, 4, 4], NaN) }],
    ['an encoder of nothing', 'RXD_PLUGIN_OUTPUT', { encode: () => 3 as unknown as tf.Tensor }],
  ] as const)('%s ends the run, and leaves nothing', async (_, code, change) => {
    await using pipeline = await pipelineOf({}, change);
    const ask = { count: 1, startFrom: { data: picture, strength: 0.5 } };
    await pipeline.sample(ask).catch(() => undefined);
    await macrotask();
    const before = tf.memory().numTensors;
    await expect(pipeline.sample(ask)).rejects.toMatchObject({ code, plugin: 'codec/watched' });
    await macrotask();
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each([
    ['startFrom', { startFrom: { data: new Float32Array(64 * 3), strength: 0.5 } }],
    ['inpaint.data', { inpaint: { data: new Float32Array(16), mask: new Float32Array(64) } }],
    ['inpaint.mask', { inpaint: { data: new Float32Array(64), mask: new Float32Array(16) } }],
  ])('%s of another shape than images is refused', async (_, ask) => {
    await using pipeline = await pipelineOf();
    await expect(pipeline.sample(ask)).rejects.toMatchObject({ code: 'RXD_REQUEST_INVALID' });
  });
});

it('an encoding that is cancelled leaves nothing', async () => {
  const { codec } = await ownCodec();
  const before = tf.memory().numTensors;
  for (const asked of [0, 1, 2]) {
    let left = asked;
    const run = encodedImages({ engine: cpu, codec }, picture, () => left-- <= 0);
    await expect(run).rejects.toMatchObject({ code: 'RXD_ABORTED' });
    expect(tf.memory().numTensors).toBe(before);
  }
  await using pipeline = await pipelineOf();
  const settled = tf.memory().numTensors;
  pipeline.sample
    .events({ count: 1, startFrom: { data: picture, strength: 0.5 } })
    .subscribe()
    .unsubscribe();
  await macrotask();
  expect(tf.memory().numTensors).toBe(settled);
  codec.dispose?.();
});

async function ownCodec(): Promise<{ readonly codec: Codec }> {
  return { codec: await watched().plugin.create({ config: {} }) };
}

function codecOf(patch: number): object {
  return { name: 'patches', config: { height: SIDE, width: SIDE, patch } };
}

function broken(): never {
  throw new Error('broken on purpose');
}
