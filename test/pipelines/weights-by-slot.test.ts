import * as tf from '@tensorflow/tfjs';
import { firstValueFrom, filter } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import {
  definePlugin,
  diffusion,
  loadWeights,
  memoryStore,
  openWeights,
  Roles,
  saveWeights,
  slotWeights,
} from 'rxdiffusion';
import { standardPlugins, type Adapter, type Codec, type Diffusion, type ParameterSet, type Store } from 'rxdiffusion';
import { patches } from '../../src/plugins/codecs/patches.js';
import { liveTensors } from '../leak-guard.js';

/** `patches` with a weight that images are multiplied by. */
const gained = definePlugin({
  role: Roles.codec,
  name: 'gained',
  config: z.strictObject({}),
  create: async (): Promise<Codec> => {
    const codec = await patches.create({ config: { height: 8, width: 8, channels: 1, patch: 2, scale: 1 } });
    const parameters = { gain: tf.tensor2d([[2, 2]]) };
    const factor = ({ gain }: ParameterSet): tf.Tensor => tf.mean(gain as tf.Tensor);
    return {
      ...codec,
      parameters,
      layout: () => 'linear',
      encode: (own, images) => tf.mul(codec.encode({}, images), factor(own)),
      decode: (own, latents) => codec.decode({}, tf.div(latents, factor(own))),
      dispose: () => parameters.gain.dispose(),
    };
  },
});

const unet = {
  ...{ sample_size: 4, in_channels: 4, out_channels: 4, block_out_channels: [4], layers_per_block: 1 },
  ...{ down_block_types: ['DownBlock2D'], up_block_types: ['UpBlock2D'], norm_num_groups: 2, add_attention: false },
};
const latent = { denoiser: { name: 'unet2d', config: unet }, codec: 'gained', dataset: 'digits', average: 'ema' };
const low = { name: 'low-rank', config: { rank: 2, targets: ['blocks.*.weight'] } };
const adapted = { denoiser: { name: 'mlp', config: { width: 8, blocks: 1 } }, 'adapter:style': low };

function pipelineOf(plugins: object): Promise<Diffusion> {
  const recipe = {
    ...{ format: 1, preset: 'flow', train: { steps: 4, batchSize: 4 }, sample: { steps: 3 } },
    plugins: { engine: 'tfjs-cpu', ...plugins },
  };
  return diffusion(recipe, { plugins: [...standardPlugins, gained] });
}

const numbersOf = (tensors: ParameterSet = {}): readonly number[] =>
  Object.entries(tensors)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, tensor]) => [...tensor.dataSync()]);

async function stored(store: Store, name: string): Promise<Uint8Array> {
  return store.read(name);
}

const drawnLike = ({ parameters }: Adapter): ParameterSet =>
  Object.fromEntries(
    Object.entries(parameters).map(([name, { shape }], i) => [name, tf.randomNormal([...shape], 0, 0.3, 'float32', i)]),
  );

describe('weights of a codec', () => {
  it('that training was given are those of its result, its checkpoints and its files', async () => {
    await using pipeline = await pipelineOf({ ...latent, store: 'memory' });
    const gain = tf.tensor2d([[3, 5]]);
    using own = await pipeline.train({ steps: 2, run: 'own' });
    using result = await pipeline.train({ steps: 2, run: 'given', parameters: { codec: { gain } } });
    expect(result.loss).not.toBe(own.loss);
    expect(numbersOf(own.parametersBySlot['codec'])).toEqual([2, 2]);
    expect(numbersOf(result.parametersBySlot['codec'])).toEqual([3, 5]);
    const store = pipeline.assembly.get(Roles.store);
    await saveWeights(store, 'weights.safetensors', result.weights());
    const checkpoint = (await store.list()).find((name) => name.includes('given')) ?? '';
    for (const name of ['weights.safetensors', checkpoint]) {
      await using weights = await openWeights(await stored(store, name));
      // As on disk: a linear layer lies the other way round.
      expect(weights.tensors['codec::gain']?.shape).toEqual([2, 1]);
      using loaded = await loadWeights(weights, pipeline.assembly);
      expect(numbersOf(loaded.parametersBySlot['codec'])).toEqual([3, 5]);
      expect(numbersOf(loaded.parameters)).toEqual(numbersOf(result.parameters));
      using alone = await loadWeights(weights, pipeline.assembly, 'codec');
      expect([Object.keys(alone.parametersBySlot), numbersOf(alone.parameters)]).toEqual([['codec'], [3, 5]]);
      using a = await pipeline.sample({ parameters: loaded.parametersBySlot });
      using b = await pipeline.sample({ parameters: result.parametersBySlot });
      expect(a.images()).toEqual(b.images());
    }
    gain.dispose();
  });

  it('are those of the checkpoint where a run goes on', async () => {
    const gain = tf.tensor2d([[3, 5]]);
    const given = { parameters: { codec: { gain } } };
    await using whole = await pipelineOf(latent);
    using uninterrupted = await whole.train(given);
    await using pipeline = await pipelineOf({ ...latent, store: 'memory' });
    (await pipeline.train({ steps: 2, ...given })).dispose();
    gain.dispose();
    const before = liveTensors();
    const resumed = await pipeline.train({ resume: true });
    expect(numbersOf(resumed.parametersBySlot['codec'])).toEqual([3, 5]);
    expect(numbersOf(resumed.parameters)).toEqual(numbersOf(uninterrupted.parameters));
    resumed.dispose();
    await vi.waitFor(() => expect(liveTensors()).toBe(before));
  });

  it('need not be in a file: then the codec has its own', async () => {
    await using pipeline = await pipelineOf(latent);
    using result = await pipeline.train({ steps: 1 });
    const { tensors, ...origin } = result.weights();
    const older = Object.fromEntries(Object.entries(tensors).filter(([name]) => !name.startsWith('codec::')));
    using loaded = await loadWeights({ ...origin, tensors: older }, pipeline.assembly);
    expect(Object.keys(loaded.parametersBySlot)).toEqual(['denoiser']);
    await using plain = await pipelineOf({ ...latent, codec: { name: 'patches', config: { height: 8, width: 8 } } });
    await expect(loadWeights({ ...origin, tensors }, plain.assembly)).rejects.toMatchObject({
      code: 'RXD_PARAMETERS_MISMATCH',
      message: expect.stringContaining('codec::gain') as string,
    });
  });
});

describe('weights that training is given', () => {
  const firstLoss = async ({ train }: Diffusion, parameters?: ParameterSet): Promise<number> => {
    const steps$ = train.events({ steps: 1, ...(parameters ? { parameters } : {}) });
    const event = await firstValueFrom(steps$.pipe(filter(({ kind }) => kind === 'step')));
    return event.kind === 'step' ? event.loss : Number.NaN;
  };

  it('are where it begins, and stay as they are', async () => {
    await using pipeline = await pipelineOf(latent);
    using trained = await pipeline.train({ steps: 3 });
    const numbers = numbersOf(trained.parameters);
    const losses = [await firstLoss(pipeline, trained.parameters), await firstLoss(pipeline, trained.parameters)];
    expect(losses[0]).toBe(losses[1]);
    expect(losses[0]).not.toBe(await firstLoss(pipeline));
    expect(numbersOf(trained.parameters)).toEqual(numbers);
  });

  it('are refused by name where training does not read them, or they do not fit', async () => {
    await using pipeline = await pipelineOf({ ...adapted, dataset: 'two-moons' });
    const one = tf.scalar(1);
    const slot = pipeline.train({ parameters: { classifier: { one } } });
    await expect(slot).rejects.toMatchObject({
      code: 'RXD_REQUEST_INVALID',
      message: expect.stringMatching(/does not read[^]*got: classifier/) as string,
    });
    await expect(pipeline.train({ parameters: { one } })).rejects.toMatchObject({ code: 'RXD_PARAMETERS_MISMATCH' });
    one.dispose();
  });
});

describe('a file of one slot', () => {
  it('holds an adapter, and gives the samples that it gave', async () => {
    await using pipeline = await pipelineOf(adapted);
    const style = drawnLike(pipeline.assembly.get(Roles.adapter, 'style'));
    const store = memoryStore();
    await saveWeights(store, 'style.safetensors', slotWeights(pipeline.assembly, 'adapter:style', style));
    using expected = await pipeline.sample({ parameters: { 'adapter:style': style } });
    await using weights = await openWeights(await stored(store, 'style.safetensors'));
    expect(Object.keys(weights.tensors).every((name) => /^blocks\..*\.lora_(down|up)$/.test(name))).toBe(true);
    using loaded = await loadWeights(weights, pipeline.assembly, 'adapter:style');
    using result = await pipeline.sample({ parameters: loaded.parametersBySlot });
    expect([...result.x.dataSync()]).toEqual([...expected.x.dataSync()]);
    await expect(loadWeights(weights, pipeline.assembly)).rejects.toMatchObject({ code: 'RXD_PARAMETERS_MISMATCH' });
    await expect(loadWeights(weights, pipeline.assembly, 'adapter:other')).rejects.toMatchObject({
      code: 'RXD_RECIPE_INVALID',
    });
    expect(() => slotWeights(pipeline.assembly, 'adapter')).toThrow(/RXD_RECIPE_INVALID/);
    expect(() => slotWeights(pipeline.assembly, 'denoiser', style)).toThrow(/RXD_PARAMETERS_MISMATCH/);
    tf.dispose(style);
  });

  it('holds a further network, by its slot or its label', async () => {
    await using pipeline = await pipelineOf({ ...adapted, 'denoiser:weak': { name: 'mlp', config: { width: 4 } } });
    const weights = slotWeights(pipeline.assembly, 'denoiser:weak');
    for (const slot of ['denoiser:weak', 'weak']) {
      using loaded = await loadWeights(weights, pipeline.assembly, slot);
      expect(Object.keys(loaded.parametersBySlot)).toEqual(['denoiser:weak']);
      expect(numbersOf(loaded.parameters)).toEqual(numbersOf(pipeline.assembly.get(Roles.denoiser, 'weak').parameters));
    }
  });
});
