import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { diffusion, loadWeights, memoryStore, openWeights, Roles, saveWeights, standardPlugins } from 'rxdiffusion';
import { decodeCheckpoint } from '../../../src/core/storage/checkpoint.js';
import { sourceOf } from '../../../src/core/storage/byte-sources.js';
import { fetchedSource } from '../../../src/core/storage/fetched-source.js';
import { decodeSafetensors } from '../../../src/core/storage/safetensors.js';

const recipe = {
  format: 1,
  preset: 'flow',
  plugins: {
    engine: 'tfjs-cpu',
    dataset: 'two-moons',
    denoiser: { name: 'mlp', config: { width: 24 } },
    average: { name: 'ema', config: { decay: 0.5 } },
    store: 'memory',
  },
  train: { steps: 4, batchSize: 8 },
  sample: { steps: 3, count: 5 },
};

interface Made {
  /** Files of weights by the type of their floats, and the checkpoint. */
  readonly files: Readonly<Record<'float32' | 'float16' | 'bfloat16' | 'checkpoint', Uint8Array>>;
  /** What the result samples. */
  readonly samples: Float32Array;
}

async function made(): Promise<Made> {
  await using pipeline = await diffusion(recipe, { plugins: standardPlugins });
  const checkpoints = pipeline.assembly.get(Roles.store);
  using result = await pipeline.train({ run: 'first' });
  const store = memoryStore();
  const saved = async (dtype: 'float32' | 'float16' | 'bfloat16'): Promise<Uint8Array> => {
    await saveWeights(store, 'weights.safetensors', result.weights(), { dtype });
    return store.read('weights.safetensors');
  };
  using samples = await pipeline.sample({ parameters: result.parameters });
  const [name = ''] = await checkpoints.list();
  const files = {
    float32: await saved('float32'),
    float16: await saved('float16'),
    bfloat16: await saved('bfloat16'),
    checkpoint: await checkpoints.read(name),
  };
  return { files, samples: samples.images().data };
}

async function sampledFrom(from: Parameters<typeof openWeights>[0]): Promise<Float32Array> {
  await using weights = await openWeights(from);
  await using pipeline = await diffusion(weights.recipe, { plugins: standardPlugins });
  using loaded = await loadWeights(weights, pipeline.assembly);
  using samples = await pipeline.sample({ parameters: loaded.parameters });
  return samples.images().data;
}

let model: Made;
beforeAll(async () => {
  model = await made();
});

describe('weights of a finished run', () => {
  it('sample from their file as they do from the result, and as the checkpoint does', async () => {
    expect(await sampledFrom(model.files.float32)).toEqual(model.samples);
    expect(await sampledFrom(model.files.checkpoint)).toEqual(model.samples);
  });

  it.each([
    ['float16', 2e-3],
    ['bfloat16', 2e-2],
  ] as const)('sample nearly the same from %s', async (dtype, tolerance) => {
    const samples = await sampledFrom(model.files[dtype]);
    const off = samples.map((value, i) => Math.abs(value - (model.samples[i] ?? NaN)));
    expect(Math.max(...off)).toBeLessThan(tolerance);
    expect(Math.max(...off)).toBeGreaterThan(0);
  });

  it('are the tensors of the network and no others, under its names', async () => {
    const { average = {} } = await decodeCheckpoint(model.files.checkpoint);
    expect(decodeSafetensors(model.files.float32).tensors).toEqual(average);
  });

  it('are less than a third of the checkpoint, a sixth in half the bytes', () => {
    const { float32, float16, checkpoint } = model.files;
    console.log(
      `weights: ${float32.length} bytes, ${float16.length} as float16, of a checkpoint of ${checkpoint.length}`,
    );
    expect(float32.length).toBeLessThan(checkpoint.length / 3);
    expect(float16.length).toBeLessThan(checkpoint.length / 6);
  });

  it('say the run, the updates, and a recipe without data, folders and optimiser', async () => {
    await using weights = await openWeights(model.files.float16);
    expect([weights.run, weights.step]).toEqual(['first', 4]);
    expect(weights.recipe.train).toBeUndefined();
    expect(Object.keys(weights.recipe.plugins)).not.toContain('dataset');
    expect(Object.keys(weights.recipe.plugins)).not.toContain('store');
  });

  it('are refused by name where training is to go on from them', async () => {
    await expect(decodeCheckpoint(model.files.float32, 'w')).rejects.toThrow(
      /RXD_FORMAT_UNSUPPORTED.*w holds weights alone/,
    );
  });

  it('cannot be read after the result is disposed', async () => {
    await using pipeline = await diffusion(recipe, { plugins: standardPlugins });
    const result = await pipeline.train();
    const weights = result.weights();
    result.dispose();
    const saving = saveWeights(memoryStore(), 'w', weights);
    await expect(saving).rejects.toThrow(/RXD_REQUEST_INVALID.*disposed[^]*`using`/);
  });
});

describe('loadWeights', () => {
  it('refuses weights of another network before it reads any', async () => {
    const plugins = { ...recipe.plugins, denoiser: { name: 'mlp', config: { width: 16 } } };
    await using pipeline = await diffusion({ ...recipe, plugins }, { plugins: standardPlugins });
    await using weights = await openWeights(model.files.float32);
    const read = () => Promise.reject(new Error('read'));
    const tensors = Object.fromEntries(Object.entries(weights.tensors).map(([name, one]) => [name, { ...one, read }]));
    await expect(loadWeights({ ...weights, tensors }, pipeline.assembly)).rejects.toMatchObject({
      code: 'RXD_PARAMETERS_MISMATCH',
    });
  });

  it('frees what it made where the file is broken further on', async () => {
    const bytes = model.files.float32.slice();
    bytes[bytes.length - 1]! ^= 1;
    await using weights = await openWeights(bytes);
    await using pipeline = await diffusion(weights.recipe, { plugins: standardPlugins });
    const before = tf.memory().numTensors;
    await expect(loadWeights(weights, pipeline.assembly)).rejects.toMatchObject({ code: 'RXD_FILE_CORRUPT' });
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('openWeights', () => {
  let server: Server | undefined;
  afterEach(() => void server?.close());

  /** Serves a file, by ranges where it may, and counts what it sent. */
  async function served(
    first: Uint8Array,
    knowsRanges: boolean,
  ): Promise<{ readonly url: URL; readonly sent: () => number; readonly change: (to: Uint8Array) => void }> {
    let [sent, bytes] = [0, first];
    const listening = createServer((asked, reply) => {
      const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(asked.headers.range ?? '') ?? [];
      const part = knowsRanges && start !== undefined ? bytes.subarray(Number(start), Number(end) + 1) : bytes;
      if (part !== bytes) {
        reply.statusCode = 206;
        reply.setHeader('content-range', `bytes ${start}-${end}/${bytes.length}`);
      }
      sent += part.length;
      reply.end(part);
    });
    server = listening;
    await new Promise<void>((resolve) => void listening.listen(0, '127.0.0.1', resolve));
    return {
      url: new URL(`http://127.0.0.1:${(listening.address() as AddressInfo).port}/model`),
      sent: () => sent,
      change: (to) => void (bytes = to),
    };
  }

  it('reads a Blob', async () => {
    expect(await sampledFrom(new Blob([Buffer.from(model.files.float32)]))).toEqual(model.samples);
  });

  it('fetches ranges: a file once, whatever its number of tensors', async () => {
    const { url, sent } = await served(model.files.float32, true);
    expect(await sampledFrom(url)).toEqual(model.samples);
    expect(sent()).toBeLessThan(1.1 * model.files.float32.length + 16);
  });

  it('reads the whole file from a server that knows no ranges', async () => {
    const { url, sent } = await served(model.files.float32, false);
    expect(await sampledFrom(url)).toEqual(model.samples);
    expect(sent()).toBe(model.files.float32.length);
  });

  it('says what the server answered, and that there is none', async () => {
    const { url } = await served(model.files.float32, true);
    server?.removeAllListeners('request').on('request', (_, reply) => reply.writeHead(404).end());
    await expect(openWeights(url)).rejects.toThrow(/RXD_STORE_READ.*model[^]*status 404/);
    await expect(openWeights(new URL('http://127.0.0.1:9/model'))).rejects.toMatchObject({ code: 'RXD_STORE_READ' });
  });

  it('says when the file is another one meanwhile', async () => {
    const large = new Uint8Array(9 * 2 ** 20);
    const { url, change } = await served(large, true);
    const source = sourceOf(await fetchedSource(url));
    expect(await source.read(0, 10)).toEqual(new Uint8Array(10));
    change(large.subarray(1));
    await expect(source.read(5 * 2 ** 20, 10)).rejects.toThrow(/RXD_STORE_READ.*another file than before/s);
  });
});
