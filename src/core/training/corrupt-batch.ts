import type { Batch } from '../contracts/dataset.js';
import type { NoiseLevel } from '../contracts/noise-level.js';
import type { NoiseSchedule } from '../contracts/noise-schedule.js';
import type { NoiseSource } from '../contracts/noise-source.js';
import type { TimestepSampler } from '../contracts/training.js';
import { checkedDraw, frozenLevel } from '../plugins/blamed-sources.js';
import { blamingPlugins, callPlugin, PluginFault, type PluginNames } from './plugin-faults.js';

/** All samples of one update with what training adds to them, as plain data. */
export interface CorruptedBatch extends Batch {
  /** The update that it is for, 0 for the first. */
  readonly step: number;
  /** Unit normal noise, of the shape of `data`. */
  readonly noise: Float32Array;
  /** The noise level of each sample. */
  readonly levels: readonly NoiseLevel[];
  /** A uniform number in [0, 1) for each sample, by which a conditioner drops conditions. */
  readonly dropout: Float64Array;
}

/** What corrupting needs beside the data. */
export interface Corruption {
  readonly schedule: NoiseSchedule;
  readonly timestepSampler: TimestepSampler;
  readonly noise: NoiseSource;
  /** Seed of the run. */
  readonly seed: number;
  readonly names?: PluginNames;
}

/**
 * Draws noise, a noise level and a dropout number for every sample. Sample `i` of update `step` gets what
 * (seed, step, i) says, whatever the size of the batch: a resumed run draws what an uninterrupted one draws, and two
 * micro-batches draw what one batch of both draws.
 *
 * @param batch - all samples of one update, before they are divided into micro-batches
 * @throws DiffusionError `RXD_DATASET_INVALID` where data or labels do not fit the shape; `RXD_PLUGIN_OUTPUT` where a
 * drawn level is not finite; `RXD_PLUGIN_FAILED` where a plugin threw
 */
export function corruptBatch(batch: Batch, step: number, corruption: Corruption): CorruptedBatch {
  const { schedule, timestepSampler, noise, seed, names = {} } = corruption;
  return blamingPlugins(names, step, () => {
    const count = checkedCount(batch);
    const uniform = (purpose: string): Float64Array =>
      callPlugin('noise', () => checkedDraw(noise.uniform({ seed, purpose, step }, count), count));
    const levels = Array.from(uniform('train/time'), (u) =>
      callPlugin('timestepSampler', () => frozenLevel(timestepSampler.level(schedule, u))),
    );
    const size = batch.data.length;
    const unit = callPlugin('noise', () =>
      checkedDraw(noise.normal({ seed, purpose: 'train/noise', step }, size), size),
    );
    return { ...batch, step, noise: Float32Array.from(unit), levels, dropout: uniform('train/condition') };
  });
}

function checkedCount({ data, shape, labels }: Batch): number {
  const [count = 0] = shape;
  const size = shape.reduce((product, side) => product * side, 1);
  if (count > 0 && data.length === size && (labels === undefined || labels.length === count)) return count;
  throw new PluginFault('dataset', 'RXD_DATASET_INVALID', {
    problem: 'a batch does not fit its own shape',
    got: `${data.length} values, ${labels?.length ?? 'no'} labels, shape [${shape.join(', ')}]`,
    expected: `${size} values and one label for each of at least one sample, or no labels`,
    fix: 'correct the dataset: data is row by row, and shape is [count, ...sample shape]',
  });
}
