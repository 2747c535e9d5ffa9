import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../../../src/core/contracts/engine.js';
import { bytesSource } from '../../../../src/core/storage/byte-sources.js';
import { encodeSafetensors } from '../../../../src/core/storage/safetensors.js';
import { TensorFile } from '../../../../src/core/storage/tensor-file.js';
import { madeTensors } from '../../../../src/core/tensors/made-tensors.js';
import type { ReadableTensors } from '../../../../src/core/tensors/plain-tensor.js';
import { ordered } from '../../../../src/core/tensors/readable-tensor.js';
import { storedReader } from '../../../../src/core/tensors/stored-numbers.js';
import { onnxRuntimeEngine } from '../../../../src/plugins/engines/onnxruntime/node/engine.js';

/** Tensors of a file, and the order in which networks have their axes. */
const TENSORS: Readonly<Record<string, { readonly sides: readonly number[]; readonly order?: readonly number[] }>> = {
  'a convolution of 3x3': { sides: [32, 64, 3, 3], order: [2, 3, 1, 0] },
  'a convolution of one pixel': { sides: [32, 64, 1, 1], order: [2, 3, 1, 0] },
  'a convolution of few channels': { sides: [32, 4, 3, 3], order: [2, 3, 1, 0] },
  'a convolution of odd channels': { sides: [5, 7, 3, 3], order: [2, 3, 1, 0] },
  'a linear layer': { sides: [33, 70], order: [1, 0] },
  'a table': { sides: [100, 70] },
  'a bias': { sides: [9] },
};

const numbersOf = (count: number): Float32Array =>
  Float32Array.from({ length: count }, (_, index) => ((index * 7919) % 2048) / 64 - 16);

async function fileOf(dtype: 'float32' | 'float16' | 'bfloat16'): Promise<ReadableTensors> {
  const tensors = Object.entries(TENSORS).map(([name, { sides }]) => {
    const data = numbersOf(sides.reduce((product, side) => product * side, 1));
    return [name, { dtype: 'float32', shape: sides, data }] as const;
  });
  const bytes = encodeSafetensors({ tensors: Object.fromEntries(tensors), metadata: {} }, { dtype });
  const file = await TensorFile.open(bytesSource(bytes), 'file');
  return ordered(file.tensors(), (name) => TENSORS[name]?.order);
}

describe.each(['float32', 'float16', 'bfloat16'] as const)('numbers of a file in %s', (dtype) => {
  const engine: Engine = onnxRuntimeEngine({ provider: 'cpu', layout: 'auto', threads: 1 });
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  it.each(Object.keys(TENSORS))('are those that are read one by one: %s', async (name) => {
    const tensor = (await fileOf(dtype))[name];
    if (tensor === undefined) throw new Error(name);
    const { shape, data } = await tensor.read();
    const { placed } = await madeTensors({ placed: tensor }, engine);
    expect(placed?.shape).toEqual(shape);
    expect(await placed?.data()).toEqual(data);
    placed?.dispose();
  });

  it('are the weights of a convolution, and are read after it', async () => {
    const tensor = (await fileOf(dtype))['a convolution of 3x3'];
    if (tensor === undefined) throw new Error('no tensor');
    const { shape, data } = await tensor.read();
    const { placed } = await madeTensors({ placed: tensor }, engine);
    const image = engine.run(() => tf.randomNormal([1, 6, 6, 64], 0, 1, 'float32', 3));
    const told = engine.run(() => tf.tensor(data, [...shape]));
    const convolved = engine.compile(({ x, w }: Readonly<Record<string, tf.Tensor>>) =>
      tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same'),
    );
    const [one, other] = [placed, told].map((w) => convolved({ x: image, w: w as tf.Tensor }));
    expect(await one?.data()).toEqual(await other?.data());
    expect(await placed?.data()).toEqual(data);
    tf.dispose([placed, image, told, one, other] as tf.Tensor[]);
  });
});

it('reads a tensor that somebody else made of one by their `read` alone', async () => {
  const tensor = (await fileOf('float32'))['a bias'];
  if (tensor === undefined) throw new Error('no tensor');
  expect(storedReader(tensor)).toBeDefined();
  expect(storedReader({ ...tensor, read: async () => ({ ...(await tensor.read()) }) })).toBeUndefined();
});
