import * as tf from '@tensorflow/tfjs';
import { outputOf } from '../core/tensors/network-output.js';
import type { Denoiser } from '../core/contracts/denoiser.js';
import type { Engine } from '../core/contracts/engine.js';
import { attention } from '../core/kernels/attention.js';
import { embeddingLookup } from '../core/kernels/embedding-lookup.js';
import { groupNorm } from '../core/kernels/group-norm.js';
import { silu } from '../core/kernels/silu.js';
import { upsampleNearest2x } from '../core/kernels/upsample-nearest-2x.js';
import { lawsOf } from './broken-law.js';
import { largest, relativeGap, waves } from './engine-numbers.js';
import { started, type EngineLaw } from './engine-law.js';

const holds = lawsOf('engines');

/** Largest gaps to the cpu backend, relative to the largest number. */
export interface Tolerances {
  /** 1e-5 where absent. */
  readonly forward?: number;
  /** 1e-4 where absent. */
  readonly gradients?: number;
}

type Work = (...inputs: tf.Tensor[]) => tf.Tensor;

/** A function of tensors, and what it is asked about. */
interface Compared {
  readonly work: Work;
  readonly inputs: readonly tf.Tensor[];
}

/** What the agreement laws need of an `EngineCase`. */
interface Agreeing {
  readonly make: () => Engine | Promise<Engine>;
  readonly networks?: Readonly<Record<string, () => Denoiser | Promise<Denoiser>>>;
  readonly tolerances?: Tolerances;
}

/** Functions of tensors with the shapes of their inputs: kernels of ours, and what networks are made of besides. */
const FUNCTIONS: Readonly<Record<string, readonly [work: Work, ...shapes: readonly number[][]]>> = {
  silu: [silu, [3, 5, 7]],
  'groupNorm of images': [(x, s, b) => groupNorm(x, at(s), at(b), 2, 1e-5), [2, 5, 3, 6], [6], [6]],
  'groupNorm of rows': [(x, s, b) => groupNorm(x, at(s), at(b), 3, 1e-6), [2, 7, 6], [6], [6]],
  attention: [(q, k, v) => attention(q, at(k), at(v), 2), [2, 5, 6], [2, 4, 6], [2, 4, 6]],
  upsampleNearest2x: [(x) => upsampleNearest2x(x as tf.Tensor4D), [2, 3, 4, 3]],
  embeddingLookup: [(x) => embeddingLookup(x as tf.Tensor2D, tf.tensor1d([2, 0, 2], 'int32')), [4, 3]],
  'conv2d, stride 1': [(x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 1), [2, 5, 6, 3], [3, 3, 3, 4]],
  'conv2d, stride 2': [(x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 2, 'same'), [2, 6, 6, 3], [3, 3, 3, 4]],
  'conv2d, stride 2 and padding by numbers': [
    (x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 2, 1, 'NHWC', 1, 'floor'),
    [2, 6, 5, 3],
    [3, 3, 3, 4],
  ],
  'matMul and bias': [(x, w, b) => tf.add(tf.matMul(x, at(w)), at(b)), [5, 4], [4, 3], [3]],
  'softmax and layout': [(x) => tf.transpose(tf.softmax(tf.reshape(x, [2, 3, 4])), [0, 2, 1]), [6, 4]],
  'concat and slice': [(a, b) => tf.slice(tf.concat([a, at(b)], 2), [0, 1, 1], [2, 2, 3]), [2, 3, 2], [2, 3, 3]],
  'broadcast arithmetic': [(a, b) => tf.div(tf.sub(a, at(b)), tf.add(tf.square(at(b)), 1)), [3, 4, 2], [4, 1]],
  'means and roots': [(x) => tf.sqrt(tf.add(tf.mean(tf.square(x), [1], true), tf.sum(tf.exp(x), -1, true))), [3, 4, 5]],
  'a sum of many': [(x) => tf.addN(Array.from({ length: 20 }, (_, by) => tf.mul(x, by))), [3, 2]],
  'many pieces': [(x) => tf.concat(tf.split(x, 20).map((piece, by) => tf.mul(piece, by))), [20, 3]],
  'sines and cosines': [(x) => tf.concat([tf.sin(x), tf.cos(x)], -1), [5, 3]],
  'tanh, erf and clips': [(x) => tf.mul(tf.tanh(x), tf.add(tf.erf(x), tf.clipByValue(x, -0.5, 0.5))), [4, 6]],
};

/** Output and gradients agree with tfjs's cpu backend, in plain runs and compiled. */
export function agreementLaws({ make, networks = {}, tolerances = {} }: Agreeing): readonly EngineLaw[] {
  const functions = Object.entries(FUNCTIONS).map(([name, [work, ...shapes]]) => ({
    law: `agrees with the cpu backend: ${name}`,
    check: async () => {
      const inputs = shapes.map((shape, index) => waves(shape, index + 1));
      await started(make, (engine) => agrees(engine, { work, inputs }, tolerances));
      tf.dispose(inputs);
    },
  }));
  const predictions = Object.entries(networks).map(([name, network]) => ({
    law: `agrees with the cpu backend: network ${name}`,
    check: async () => {
      const denoiser = await network();
      const compared = comparedNetwork(denoiser);
      await started(make, (engine) => agrees(engine, compared, tolerances));
      compared.inputs[0]?.dispose();
      denoiser.dispose?.();
    },
  }));
  return [...functions, ...predictions];
}

/** The network as a function of its input and all its weights. */
function comparedNetwork(denoiser: Denoiser): Compared {
  const { sampleShape, classes } = denoiser.info;
  const names = Object.keys(denoiser.parameters);
  const work: Work = (x, ...weights) => {
    const parameters = Object.fromEntries(names.map((name, index) => [name, at(weights[index])]));
    const conditioning = classes === undefined ? {} : { classLabels: tf.tensor1d([0, classes - 1], 'int32') };
    return outputOf(denoiser.predict(parameters, x, tf.tensor1d([3, 700]), conditioning));
  };
  return { work, inputs: [waves([2, ...sampleShape], 1), ...Object.values(denoiser.parameters)] };
}

/** The cpu backend goes first: what it reads need not come back from a backend that cannot be read at once. */
async function agrees(engine: Engine, { work, inputs }: Compared, tolerances: Tolerances): Promise<void> {
  const { forward = 1e-5, gradients = 1e-4 } = tolerances;
  const both = (given: readonly tf.Tensor[]): readonly tf.Tensor[] => {
    const output = work(...given);
    return [output, ...tf.grads(work)([...given], waves(output.shape, 9))];
  };
  const expected = await numbersOf(tf.tidy(() => [...both(inputs)]));
  // Some gradients are 0 but for rounding (of a bias before a normalization): they are measured by the largest of all.
  const floor = 1e-2 * Math.max(...expected.slice(1).map(largest));
  const compare = (actual: readonly ArrayLike<number>[], how: string): void =>
    actual.forEach((values, index) => {
      const gap = relativeGap(values, expected[index] ?? [], index === 0 ? undefined : floor);
      const what = index === 0 ? 'the output' : `the gradient of input ${index - 1}`;
      holds(gap <= (index === 0 ? forward : gradients), `${what} agrees with the cpu backend (${how}: ${gap})`);
    });
  compare(await numbersOf(engine.run(() => tf.tidy(() => [...both(inputs)]))), 'plain');
  const compiled = engine.compile(both)(inputs);
  await engine.realize(compiled);
  compare(await numbersOf(compiled), 'compiled');
}

async function numbersOf(tensors: readonly tf.Tensor[]): Promise<readonly ArrayLike<number>[]> {
  const values = await Promise.all(tensors.map((tensor) => tensor.data()));
  tf.dispose([...tensors]);
  return values;
}

function at(tensor: tf.Tensor | undefined): tf.Tensor {
  if (tensor === undefined) throw new Error('an input is missing');
  return tensor;
}
