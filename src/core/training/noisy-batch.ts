import type { NumbersColumn } from '../contracts/columns.js';
import type { Batch } from '../contracts/dataset.js';
import type { NoiseLevel } from '../contracts/noise-level.js';
import type { NoiseSchedule } from '../contracts/noise-schedule.js';
import type { NoiseKey, NoiseSource } from '../contracts/noise-source.js';
import type { TimestepSampler } from '../contracts/training.js';
import { atStep } from '../errors/blame.js';
import { DiffusionError } from '../errors/diffusion-error.js';
import { formatValue } from '../errors/format-value.js';
import { guardedParts } from '../assembly/guarded.js';
import { dataOf } from './batch-columns.js';

/** A batch that knows its dataset. */
export interface SourcedBatch extends Batch {
  /** The dataset's `role/name`, for errors. */
  readonly source?: string;
  /** Which rows of the batch of an update these are, where other workers have the others: from `first` on, of so many. */
  readonly share?: { readonly first: number; readonly of: number };
}

/** All samples of one update with what training adds to them, as plain data. */
export interface NoisyBatch extends SourcedBatch {
  /** The update that it is for, 0 for the first. */
  readonly step: number;
  /** Unit normal noise, of the shape of `data`. */
  readonly noise: Float32Array;
  /** The noise level of each sample. */
  readonly levels: readonly NoiseLevel[];
  /** A uniform number in [0, 1) for each sample, by which a conditioner drops conditions. */
  readonly dropout: Float64Array;
}

/** What `addNoise` needs beside the data. */
export interface NoisingParts {
  readonly schedule: NoiseSchedule;
  readonly timestepSampler: TimestepSampler;
  readonly noise: NoiseSource;
  /** Seed of the run. */
  readonly seed: number;
}

/**
 * Draws noise, a noise level and a dropout number for every sample. Sample `i` of update `step` gets what
 * (seed, step, i) says, whatever the size of the batch: a resumed run draws what an uninterrupted one draws, two
 * micro-batches draw what one batch of both draws, and workers with a share each draw what one with all of it draws.
 *
 * @param batch - all samples of one update, before they are divided into micro-batches; or a worker's share of them
 * @throws DiffusionError `RXD_DATASET_INVALID` where data or labels do not fit the shape; `RXD_PLUGIN_OUTPUT` where a
 * drawn level is not finite; `RXD_PLUGIN_FAILED` where a plugin threw
 */
export function addNoiseToBatch(batch: SourcedBatch, step: number, noising: NoisingParts): NoisyBatch {
  const { schedule, timestepSampler, noise, seed } = guardedParts(noising);
  return atStep(step, () => {
    const count = checkedCount(batch);
    const { first, of } = batch.share ?? { first: 0, of: count };
    const key = (purpose: string): NoiseKey => ({ seed, purpose, step });
    const uniform = (purpose: string): Float64Array =>
      drawn(noise, 'uniform', key(purpose), { from: first, count, of });
    const levels = Array.from(uniform('train/time'), (u) => timestepSampler.level(schedule, u));
    const width = dataOf(batch).data.length / count;
    const all = { from: first * width, count: count * width, of: of * width };
    const unit = drawn(noise, 'normal', key('train/noise'), all);
    return {
      ...batch,
      step,
      noise: Float32Array.from(unit),
      levels,
      dropout: Float64Array.from(uniform('train/condition')),
    };
  });
}

/** Neighbouring elements of a draw of `of` elements. */
interface DrawPart {
  readonly from: number;
  readonly count: number;
  readonly of: number;
}

/** A source that cannot begin in the middle draws all: what it gives for an element may depend on how many there are. */
function drawn(noise: NoiseSource, kind: 'normal' | 'uniform', key: NoiseKey, part: DrawPart): Float64Array {
  const { from, count, of } = part;
  if (count === of) return noise[kind](key, count);
  const partly = kind === 'normal' ? 'normalFrom' : 'uniformFrom';
  return noise[partly]?.(key, count, from) ?? noise[kind](key, of).slice(from, from + count);
}

function checkedCount({ count, columns, source = 'dataset' }: SourcedBatch): number {
  const { data, shape } = columns['data'] as Partial<NumbersColumn>;
  const size = shape?.reduce((product, side) => product * side, 1);
  if (count > 0 && data instanceof Float32Array && data.length === size && shape?.[0] === count) return count;
  throw new DiffusionError('RXD_DATASET_INVALID', {
    plugin: source,
    problem: 'a batch does not fit its own shape',
    got: `${count} examples, data [${formatValue(shape)}] with ${formatValue(data?.length)} numbers`,
    expected: `${formatValue(size)} numbers in a Float32Array, for at least one example`,
    fix: 'correct the dataset: the column `data` is row by row, and its shape is [count, ...sample shape]',
  });
}
