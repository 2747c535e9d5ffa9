import * as tf from '@tensorflow/tfjs';
import type { Conditioner, Conditioning } from '../contracts/conditioning.js';
import { DiffusionError } from '../errors/diffusion-error.js';
import type { CorruptedBatch } from './corrupt-batch.js';
import { identityOf } from '../plugins/plugin-identity.js';
import { readLevels, type LevelNumbers, type LevelReaders } from './read-levels.js';
import { badOutput, type Numbers } from './step-checks.js';
import type { MicroBatch } from './train-step.js';

/** What turns a corrupted batch into tensors. */
export interface BatchReaders extends LevelReaders {
  readonly conditioner?: Conditioner;
  /** Number of micro-batches that the batch is divided into. */
  readonly accumulate: number;
}

/**
 * The tensors of one update, divided into micro-batches of equal size. They belong to the caller.
 *
 * @throws DiffusionError `RXD_REQUEST_INVALID` where the batch cannot be divided
 * @throws DiffusionError where a plugin threw or said a number that is not finite, naming the plugin
 */
export function prepareBatch(batch: CorruptedBatch, readers: BatchReaders): readonly MicroBatch[] {
  const size = microSize(batch, readers.accumulate);
  const numbers = readLevels(batch.levels, readers);
  return tf.tidy(() =>
    Array.from({ length: readers.accumulate }, (_, index) =>
      microBatch(batch, numbers, { from: index * size, to: (index + 1) * size }, readers.conditioner),
    ),
  );
}

function microSize({ levels, step }: CorruptedBatch, accumulate: number): number {
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

function microBatch(batch: CorruptedBatch, numbers: LevelNumbers, range: Range, conditioner?: Conditioner): MicroBatch {
  const { from, to } = range;
  const [, ...sampleShape] = batch.shape;
  const width = sampleShape.reduce((product, side) => product * side, 1);
  const samples = (data: Float32Array): tf.Tensor =>
    tf.tensor(data.slice(from * width, to * width), [to - from, ...sampleShape], 'float32');
  const each = (values: Numbers): tf.Tensor1D => tf.tensor1d(values.slice(from, to), 'float32');
  const { alpha, sigma, inputScale, time, coefficients } = numbers;
  return {
    x0: samples(batch.data),
    noise: samples(batch.noise),
    alpha: each(alpha),
    sigma: each(sigma),
    inputScale: each(inputScale),
    time: each(time),
    coefficients: Object.fromEntries(Object.entries(coefficients).map(([name, values]) => [name, each(values)])),
    conditioning: conditioner === undefined ? {} : conditions(batch, range, conditioner),
  };
}

/** Clones, so that a conditioner may return tensors that it keeps. */
function conditions(batch: CorruptedBatch, { from, to }: Range, conditioner: Conditioner): Conditioning {
  const uniform = (sample: number): number => batch.dropout[from + sample] ?? 0;
  const given = conditioner.encodeTraining(batch.labels?.slice(from, to), { count: to - from, uniform });
  const encoded = checkedConditions(given, to - from, identityOf(conditioner, 'conditioner'));
  return Object.fromEntries(Object.entries(encoded).map(([name, tensor]) => [name, tf.clone(tensor)]));
}

function checkedConditions(conditioning: Conditioning, count: number, plugin: string): Conditioning {
  const wrong = Object.entries(conditioning).find(
    ([, tensor]) => !(tensor instanceof tf.Tensor) || tensor.isDisposed || tensor.shape[0] !== count,
  );
  if (wrong === undefined) return conditioning;
  throw badOutput(plugin, {
    problem: `the condition \`${wrong[0]}\` is not a tensor with a row for each sample`,
    got: wrong[1] instanceof tf.Tensor ? `shape [${wrong[1].shape.join(', ')}]` : typeof wrong[1],
    expected: `${count} rows`,
    fix: 'return tensors, batch first, of `ctx.count` rows',
  });
}
