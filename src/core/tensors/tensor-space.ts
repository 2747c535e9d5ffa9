import * as tf from '@tensorflow/tfjs';
import type { PerSample, PerSampleOperation, Term, Vector, VectorSpace } from '../contracts/vector.js';

/** A tensor seen as a sampler sees it. */
export function asVector(tensor: tf.Tensor): Vector {
  return tensor as unknown as Vector;
}

/** The tensor behind a vector of `tensorSpace`. */
export function tensorOf(vector: Vector): tf.Tensor {
  return vector as unknown as tf.Tensor;
}

/** The tensor `[N]` of one number a sample. */
export const numbersOf = (value: PerSample): tf.Tensor => value as unknown as tf.Tensor;
const asPerSample = (tensor: tf.Tensor): PerSample => tensor as unknown as PerSample;

/** `[N]` seen as `[N, 1, ...]`, to go with a batch. */
function besides(numbers: tf.Tensor, batch: tf.Tensor): tf.Tensor {
  return tf.reshape(numbers, [numbers.size, ...batch.shape.slice(1).map(() => 1)]);
}

function scaled([coefficient, vector]: Term): tf.Tensor {
  const tensor = tensorOf(vector);
  if (coefficient === 1) return tensor;
  if (typeof coefficient === 'number') return tf.mul(tensor, tf.scalar(coefficient));
  return tf.mul(tensor, besides(numbersOf(coefficient), tensor));
}

const bound = (value: number | PerSample, batch: tf.Tensor): tf.Tensor =>
  typeof value === 'number' ? tf.scalar(value) : besides(numbersOf(value), batch);

const rows = (vector: Vector): tf.Tensor2D => {
  const tensor = tensorOf(vector);
  return tf.reshape(tensor, [tensor.shape[0] ?? 1, -1]);
};

const operations: Readonly<Record<PerSampleOperation, (a: tf.Tensor, b: tf.Tensor) => tf.Tensor>> = {
  add: tf.add,
  subtract: tf.sub,
  multiply: tf.mul,
  divide: tf.div,
  maximum: tf.maximum,
  minimum: tf.minimum,
};

/** A quantile of each row of absolute values, linear between the two nearest order statistics (as numpy and torch do). */
function quantile(vector: Vector, q: number): PerSample {
  const absolute = tf.abs(rows(vector));
  const width = absolute.shape[1] ?? 1;
  const place = q * (width - 1);
  const [low, high] = [Math.floor(place), Math.ceil(place)];
  const { values } = tf.topk(absolute, width - low);
  const at = (index: number): tf.Tensor => tf.reshape(tf.slice(values, [0, width - 1 - index], [-1, 1]), [-1]);
  return asPerSample(
    tf.add(tf.mul(at(low), high === low ? 1 : high - place), high === low ? 0 : tf.mul(at(high), place - low)),
  );
}

/** The mean, as often as there are numbers. */
const meanOfAll = (numbers: tf.Tensor): tf.Tensor => tf.mul(tf.onesLike(numbers), tf.mean(numbers));

/** The operations of samplers and guidance on tfjs tensors. Coefficients enter as scalar tensors, never as constants of a graph. */
export const tensorSpace: VectorSpace = {
  combine: (...terms) => {
    const [first, ...rest] = terms.filter(([coefficient]) => coefficient !== 0);
    if (first === undefined) return asVector(tf.zerosLike(tensorOf((terms[0] as Term)[1])));
    const sum = rest.reduce((total, term) => tf.add(total, scaled(term)), scaled(first));
    return asVector(rest.length === 0 && first[0] === 1 ? tf.clone(sum) : sum);
  },
  multiply: (a, b) => asVector(tf.mul(tensorOf(a), tensorOf(b))),
  exp: (a) => asVector(tf.exp(tensorOf(a))),
  sqrt: (a) => asVector(tf.sqrt(tensorOf(a))),
  clip: (a, low, high) => {
    const tensor = tensorOf(a);
    if (typeof low === 'number' && typeof high === 'number') return asVector(tf.clipByValue(tensor, low, high));
    return asVector(tf.minimum(tf.maximum(tensor, bound(low, tensor)), bound(high, tensor)));
  },
  quantile,
  norm: (a) => asPerSample(tf.sqrt(tf.sum(tf.square(rows(a)), 1))),
  dot: (a, b) => asPerSample(tf.sum(tf.mul(rows(a), rows(b)), 1)),
  std: (a) => asPerSample(tf.sqrt(tf.moments(rows(a), 1).variance)),
  errorNorm: (difference, [a, b], { absolute, relative }) => {
    const size = tf.maximum(tf.abs(tensorOf(a)), tf.abs(tensorOf(b)));
    const share = tf.div(tensorOf(difference), tf.maximum(tf.mul(size, tf.scalar(relative)), tf.scalar(absolute)));
    return asPerSample(tf.sqrt(tf.mean(tf.square(rows(asVector(share))), 1)));
  },
  perSample: (operation, a, b) =>
    asPerSample(
      operations[operation](
        typeof a === 'number' ? tf.scalar(a) : numbersOf(a),
        typeof b === 'number' ? tf.scalar(b) : numbersOf(b),
      ),
    ),
  batchMean: (a) => asPerSample(meanOfAll(numbersOf(a))),
  blend: (mask, a, b) => {
    const weight = tensorOf(mask);
    return asVector(tf.add(tf.mul(weight, tensorOf(a)), tf.mul(tf.sub(tf.scalar(1), weight), tensorOf(b))));
  },
};

/** The same operations on a batch of several groups of samples, of so many each: a mean over the batch is that of a group. */
export function groupedSpace(counts: readonly number[]): VectorSpace {
  return {
    ...tensorSpace,
    batchMean: (a) => asPerSample(tf.concat(tf.split(numbersOf(a), [...counts]).map(meanOfAll))),
  };
}
