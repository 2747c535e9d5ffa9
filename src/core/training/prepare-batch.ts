import * as tf from '@tensorflow/tfjs';
import type { Conditioner, ConditionInputs } from '../contracts/conditioning.js';
import { blame } from '../errors/blame.js';
import { DiffusionError } from '../errors/diffusion-error.js';
import type { NoisyBatch } from './noisy-batch.js';
import { identityOf } from '../assembly/plugin-identity.js';
import { readLevels, type LevelNumbers, type LevelReaders } from './read-levels.js';
import type { Numbers } from './step-checks.js';
import { inputTensors, readInputs, rowsOf } from './condition-inputs.js';
import { dataOf } from './batch-columns.js';
import type { MicroBatch } from './mean-gradients.js';

/** What turns a noisy batch into tensors. */
export interface BatchReaders extends LevelReaders {
  /** Number of micro-batches that the batch is divided into. */
  readonly accumulate: number;
}

/**
 * The tensors of one update, divided into micro-batches of equal size. They belong to the caller.
 *
 * @param inputs - what the conditioner prepared for the batch
 * @throws DiffusionError `RXD_REQUEST_INVALID` where the batch cannot be divided
 * @throws DiffusionError where a plugin threw or said a number that is not finite, naming the plugin
 */
export function prepareBatch(batch: NoisyBatch, inputs: ConditionInputs, readers: BatchReaders): readonly MicroBatch[] {
  const size = microSize(batch, readers.accumulate);
  const numbers = readLevels(batch.levels, readers);
  return tf.tidy(() =>
    Array.from({ length: readers.accumulate }, (_, index) =>
      microBatch(batch, inputs, numbers, { from: index * size, to: (index + 1) * size }),
    ),
  );
}

/**
 * What the conditioner makes of a batch's columns; empty where there is none.
 *
 * @throws DiffusionError `RXD_CONDITION_INVALID` where the columns cannot be read, `RXD_PLUGIN_OUTPUT` and
 * `RXD_PLUGIN_FAILED` where the conditioner did it wrong
 */
export async function preparedInputs(batch: NoisyBatch, conditioner?: Conditioner): Promise<ConditionInputs> {
  if (conditioner === undefined) return {};
  const plugin = identityOf(conditioner, 'conditioner');
  const uniform = (sample: number): number => batch.dropout[sample] ?? 0;
  const { count, columns } = batch;
  try {
    return readInputs(await conditioner.prepareBatch(columns, { count, uniform }), count, plugin);
  } catch (error) {
    throw blame(error, plugin, batch.step);
  }
}

function microSize({ levels, step }: NoisyBatch, accumulate: number): number {
  const size = levels.length / accumulate;
  if (Number.isInteger(size) && size > 0) return size;
  throw new DiffusionError('RXD_REQUEST_INVALID', {
    step,
    problem: 'a batch cannot be divided into micro-batches of equal size',
    got: `${levels.length} samples, accumulate ${accumulate}`,
    expected: 'a batch size that is a multiple of accumulate',
    fix: `ask for batches of ${Math.max(1, Math.ceil(size)) * accumulate} samples, or change accumulate`,
  });
}

/** Which samples, `to` excluded. */
interface Range {
  readonly from: number;
  readonly to: number;
}

function microBatch(
  batch: NoisyBatch,
  inputs: ConditionInputs,
  numbers: LevelNumbers,
  { from, to }: Range,
): MicroBatch {
  const { data, shape } = dataOf(batch);
  const [, ...sampleShape] = shape;
  const width = sampleShape.reduce((product, side) => product * side, 1);
  const samples = (all: Float32Array): tf.Tensor =>
    tf.tensor(all.slice(from * width, to * width), [to - from, ...sampleShape], 'float32');
  const each = (values: Numbers): tf.Tensor1D => tf.tensor1d(values.slice(from, to), 'float32');
  const { alpha, sigma, inputScale, time, coefficients } = numbers;
  const own = Object.entries(inputs).map(([name, column]) => [name, rowsOf(column, from, to)] as const);
  return {
    x0: samples(data),
    noise: samples(batch.noise),
    alpha: each(alpha),
    sigma: each(sigma),
    inputScale: each(inputScale),
    time: each(time),
    coefficients: Object.fromEntries(Object.entries(coefficients).map(([name, values]) => [name, each(values)])),
    inputs: inputTensors(Object.fromEntries(own)),
  };
}
