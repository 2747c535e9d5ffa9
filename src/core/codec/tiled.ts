import * as tf from '@tensorflow/tfjs';
import type { AxisPlan, TilePlan } from './tile-plan.js';

/** Pixels or cells of a call's input and output for each cell of a plan, by height and width. */
export interface TileUnits {
  readonly input: readonly [number, number];
  readonly output: readonly [number, number];
}

/**
 * A call on tiles of samples `[N, …, height, width, channels]`, tile by tile and sample by sample, so that no more than the
 * call on one tile is alive beside input and output. Where tiles overlap, the earlier fades out as the later fades in, both
 * linearly: `earlier * (1 - y / extent) + later * (y / extent)`, as `tiled_decode` of `AutoencoderKL` in diffusers. Weights
 * of a place add up to 1, so that a call which sees its own place alone gives what it gives on the whole.
 */
export function tiled(
  x: tf.Tensor,
  call: (tile: tf.Tensor) => tf.Tensor,
  plan: TilePlan,
  { input, output }: TileUnits,
): tf.Tensor {
  const [rows, columns] = [stretchesOf(plan.height, output[0]), stretchesOf(plan.width, output[1])];
  const size = [plan.height.length * input[0], plan.width.length * input[1]] as const;
  const samples = tf.split(x, x.shape[0] ?? 1, 0);
  const made = samples.map((sample) =>
    summed(rows, (row) =>
      placed(
        summed(columns, (column) => {
          const first = [row.start * input[0], column.start * input[1]] as const;
          return placed(call(sliced(sample, first, size)), column, -2);
        }),
        row,
        -3,
      ),
    ),
  );
  return tf.concat(made, 0);
}

/** A stretch of the output: where it lies, and how much each place of it counts. */
interface Stretch {
  readonly start: number;
  readonly before: number;
  readonly after: number;
  readonly weights: Float32Array;
}

function stretchesOf({ starts, length, of }: AxisPlan, unit: number): readonly Stretch[] {
  const raw = starts.map((start, i) => {
    const rise = i === 0 ? 0 : ((starts[i - 1] ?? 0) + length - start) * unit;
    const fall = i === starts.length - 1 ? 0 : (start + length - (starts[i + 1] ?? 0)) * unit;
    return Float64Array.from({ length: length * unit }, (_, at) => {
      const risen = at < rise ? at / rise : 1;
      const left = length * unit - at;
      return risen * (left <= fall ? left / fall : 1);
    });
  });
  const total = new Float64Array(of * unit);
  starts.forEach((start, i) => addTo(total, raw[i] ?? [], start * unit));
  return starts.map((start, i) => ({
    start,
    before: start * unit,
    after: (of - start - length) * unit,
    weights: Float32Array.from(raw[i] ?? [], (weight, at) => weight / (total[start * unit + at] ?? 1)),
  }));
}

function addTo(total: Float64Array, weights: ArrayLike<number>, from: number): void {
  for (let at = 0; at < weights.length; at++) total[from + at] = (total[from + at] ?? 0) + (weights[at] ?? 0);
}

/** The sum of what is made of each, of which two are alive at a time. */
function summed(stretches: readonly Stretch[], make: (stretch: Stretch) => tf.Tensor): tf.Tensor {
  return stretches.reduce<tf.Tensor | undefined>((sum, stretch) => {
    const next = tf.tidy(() => (sum === undefined ? make(stretch) : tf.add(sum, make(stretch))));
    sum?.dispose();
    return next;
  }, undefined) as tf.Tensor;
}

/** What a stretch of an axis counts, in its place of the whole. */
function placed(tile: tf.Tensor, { before, after, weights }: Stretch, axis: -2 | -3): tf.Tensor {
  const at = tile.rank + axis;
  const shape = tile.shape.map((_, i) => (i === at ? weights.length : 1));
  const paddings = tile.shape.map((_, i): [number, number] => (i === at ? [before, after] : [0, 0]));
  return tf.pad(tf.mul(tile, tf.tensor(weights, shape)), paddings);
}

function sliced(x: tf.Tensor, first: readonly [number, number], size: readonly [number, number]): tf.Tensor {
  const at = x.rank - 3;
  const begin = x.shape.map((_, i) => (i === at ? first[0] : i === at + 1 ? first[1] : 0));
  const shape = x.shape.map((side, i) => (i === at ? size[0] : i === at + 1 ? size[1] : side));
  return tf.slice(x, begin, shape);
}
