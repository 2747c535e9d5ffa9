import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Roles, type Engine } from 'rxdiffusion';
import { modelFiles, openModelFile } from 'rxdiffusion/diffusers';
import { tapeFreed } from '../../src/core/tensors/tape-freed.js';
import { onnxCodec } from '../../src/plugins/codecs/onnx-codec.js';
import { onnxText } from '../../src/plugins/conditioners/onnx-text/onnx-text.js';
import { onnxDenoiser } from '../../src/plugins/denoisers/onnx-denoiser.js';
import { modelBytes, type TinyModel, type TinyNode } from '../core/model-files/tiny-models.js';
import { made } from './plugins-of.js';

const IMAGE = ['batch', 1, 'high', 'wide'] as const;
const WIDTH = 3;
/** Width by width of four tokens, row by row. */
const TABLE = Array.from({ length: 4 * WIDTH }, (_, at) => at);

async function opened(model: TinyModel, beside: Readonly<Record<string, Uint8Array>> = {}) {
  const files: Readonly<Record<string, Uint8Array>> = { 'model.onnx': modelBytes(model), ...beside };
  const file = await openModelFile(async (path) => files[path], 'model.onnx');
  if (file === undefined) throw new Error('the model is there');
  return file;
}

const filesOf = async (model: TinyModel) => modelFiles({ model: await opened(model) });

type Ports = NonNullable<TinyModel['inputs']>;

/** The sample times the time, which is of some type and shape. */
const scaled = (time: Ports[number], sample: Ports[number][2] = IMAGE, more: Partial<TinyModel> = {}): TinyModel => ({
  inputs: [['sample', 'float32', sample], time, ...(more.inputs ?? [])],
  outputs: [['out_sample', 'float32', sample]],
  nodes: [
    { op: 'Cast', from: [time[0]], to: 'time', numbers: { to: 1 } },
    ...[{ op: 'Mul', from: ['sample', 'time'], to: 'scaled' }, ...(more.nodes ?? [])],
    { op: 'Identity', from: [more.nodes?.at(-1)?.to ?? 'scaled'], to: 'out_sample' },
  ],
});

const through = (node: TinyNode): Partial<TinyModel> => ({ nodes: [node] });

describe.each(['tfjs-cpu', 'onnxruntime'])('model files on %s', (name) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await made(Roles.engine, name);
    await engine.start();
  });
  afterAll(() => engine.stop());

  async function denoiserOf(model: TinyModel) {
    return onnxDenoiser.create({ config: onnxDenoiser.config.parse({}), engine, models: await filesOf(model) });
  }

  /** What a network gives for images of the numbers 1, 2, …, of one channel. */
  async function predicted(
    model: TinyModel,
    [count, width, times]: readonly [count: number, width: number, times: readonly number[]],
    conditions: Readonly<Record<string, readonly number[]>> = {},
  ): Promise<readonly number[]> {
    const denoiser = await denoiserOf(model);
    const output = engine.run(() =>
      tf.tidy(() => {
        const x = tf.reshape(tf.range(1, count * width + 1), [count, 1, width, 1]);
        const given = Object.entries(conditions).map(([key, row]) => [key, tf.tensor2d([[...row]])] as const);
        return denoiser.predict({}, x, tf.tensor1d([...times]), Object.fromEntries(given)) as tf.Tensor;
      }),
    );
    const numbers = Array.from(await output.data());
    output.dispose();
    denoiser.dispose?.();
    return numbers;
  }

  it.each([
    ['a whole number of 64 bits', ['timestep', 'int64', []]],
    ['one number of 16 bits', ['t', 'float16', [1]]],
    ['one whole number of 32 bits', ['timesteps', 'int32', [1]]],
    ['a number of a rank of 0', ['sigma', 'float32', []]],
  ] as const)('take the time as %s', async (_, time) => {
    expect(await predicted(scaled(time), [2, 2, [3, 3]])).toEqual([3, 6, 9, 12]);
  });

  it('take a time for each sample', async () => {
    const model = scaled(['timestep', 'float32', ['batch']]);
    expect(await predicted(model, [2, 2, [1, 10]])).toEqual([1, 20, 3, 40]);
  });

  it.each([1, 2, 3, 5])('of a fixed batch of two run %i samples in shares', async (count) => {
    const times = Array<number>(count).fill(2);
    const expected = Array.from({ length: count * 2 }, (_, at) => 2 * (at + 1));
    expect(await predicted(scaled(['timestep', 'int64', []], [2, 1, 1, 2]), [count, 2, times])).toEqual(expected);
  });

  it('take conditions by their names, whole ones too', async () => {
    const model = scaled(['timestep', 'int64', []], IMAGE, {
      inputs: [['ids', 'int32', ['batch', 2]]],
      nodes: [
        { op: 'Cast', from: ['ids'], to: 'numbers', numbers: { to: 1 } },
        { op: 'Add', from: ['scaled', 'numbers'], to: 'sum' },
      ],
    });
    expect(await predicted(model, [1, 2, [1]], { ids: [10, 20] })).toEqual([11, 22]);
    await expect(predicted(model, [1, 2, [1]])).rejects.toMatchObject({ code: 'RXD_COMBINATION' });
  });

  it.each(['int32', 'int64'] as const)('encode ids of the type %s, with weights in a file beside', async (type) => {
    const data = new Uint8Array(Float32Array.from(TABLE).buffer);
    const model = await opened(
      {
        inputs: [['input_ids', type, ['batch', 'tokens']]],
        outputs: [['last_hidden_state', 'float32', ['batch', 'tokens', WIDTH]]],
        nodes: [{ op: 'Gather', from: ['table', 'input_ids'], to: 'last_hidden_state' }],
        weights: [{ name: 'table', dims: [4, WIDTH], values: { location: 'table.bin' } }],
      },
      { 'table.bin': data },
    );
    const config = onnxText.config.parse({ max_tokens: 3, vocab_size: 4 });
    const text = await onnxText.create({ config, engine, models: modelFiles({ model }) });
    const states = engine.run(() =>
      tf.tidy(() => {
        const given = { input_ids: tf.tensor3d([3, 0, 1], [1, 1, 3], 'int32') };
        return text.encode({}, given)['encoder_hidden_states'] as tf.Tensor;
      }),
    );
    expect(Array.from(await states.data())).toEqual([9, 10, 11, 0, 1, 2, 3, 4, 5]);
    states.dispose();
    text.dispose?.();
  });

  it('of an encoder that draws give its mean', async () => {
    const half = (from: string, to: string, nodes: readonly TinyNode[]): Promise<Awaited<ReturnType<typeof opened>>> =>
      opened({ inputs: [[from, 'float32', IMAGE]], outputs: [[to, 'float32', IMAGE]], nodes });
    const encoder = await half('sample', 'latent_sample', [
      { op: 'RandomNormalLike', from: ['sample'], to: 'noise' },
      { op: 'Add', from: ['sample', 'noise'], to: 'latent_sample' },
    ]);
    const decoder = await half('latent_sample', 'sample', [{ op: 'Neg', from: ['latent_sample'], to: 'sample' }]);
    const config = onnxCodec.config.parse({ factor: 1, latent_channels: 1 });
    const codec = await onnxCodec.create({ config, engine, models: modelFiles({ encoder, decoder }) });
    const images = engine.run(() => tf.tidy(() => codec.decode({}, codec.encode({}, tf.ones([1, 2, 2, 1])))));
    expect(Array.from(await images.data())).toEqual([-1, -1, -1, -1]);
    images.dispose();
    codec.dispose?.();
  });

  it.each([
    ['a sample of a rank of 3', scaled(['timestep', 'int64', []], ['batch', 'high', 'wide'])],
    ['a time of a rank of 2', scaled(['timestep', 'int64', ['batch', 1]])],
    [
      'random numbers of their own',
      scaled(['t', 'int64', []], IMAGE, through({ op: 'RandomNormalLike', from: ['scaled'], to: 'r' })),
    ],
    [
      'operators that ONNX Runtime has not',
      scaled(['t', 'int64', []], IMAGE, through({ op: 'Nothing', from: ['scaled'], to: 'r' })),
    ],
    [
      'inputs that nobody gives',
      scaled(['t', 'int64', []], IMAGE, through({ op: 'Add', from: ['scaled', 'none'], to: 'r' })),
    ],
  ])('with %s are refused', async (_, model) => {
    await expect(denoiserOf(model)).rejects.toMatchObject({ code: 'RXD_FORMAT_UNSUPPORTED' });
  });

  it('have no gradients', async () => {
    const denoiser = await denoiserOf(scaled(['timestep', 'int64', []]));
    const gradient = tf.grad((x) => denoiser.predict({}, x, tf.ones([1]), {}) as tf.Tensor);
    const asked = () => engine.run(() => tapeFreed(() => tf.tidy(() => gradient(tf.ones([1, 1, 2, 1])))));
    expect(asked).toThrow(expect.objectContaining({ code: 'RXD_COMBINATION' }));
    denoiser.dispose?.();
  });

  it('that were given back run no more', async () => {
    const denoiser = await denoiserOf(scaled(['timestep', 'int64', []]));
    denoiser.dispose?.();
    denoiser.dispose?.();
    const asked = async () => {
      const output = engine.run(() =>
        tf.tidy(() => denoiser.predict({}, tf.ones([1, 1, 2, 1]), tf.ones([1]), {}) as tf.Tensor),
      );
      try {
        await output.data();
      } finally {
        output.dispose();
      }
    };
    await expect(asked()).rejects.toMatchObject({ code: 'RXD_ENGINE_FAILED' });
  });
});
