import * as tf from '@tensorflow/tfjs';
import { upsampleNearest2x } from '../kernels/upsample-nearest-2x.js';
import type { Layers } from './layers.js';
import { convSpecs, linearSpecs, normSpecs, type ParameterSpecs } from './parameter-specs.js';
import { doubledByFilter, halvedByFilter, halvedByMeans } from './resample.js';

/** A residual block: where its tensors are and how many channels go in and out. */
export interface ResnetPlan {
  readonly prefix: string;
  readonly input: number;
  readonly output: number;
  /** Groups of the first and the second norm; those of the network where absent. */
  readonly groups?: readonly [first: number, second: number];
  /** Divides the sum; 1 where absent. */
  readonly scale?: number;
  /**
   * Halves or doubles height and width, on the normalized branch and on the shortcut, before the first convolution: by
   * means and copies, or by the filter of NCSN++.
   */
  readonly resample?: keyof typeof RESAMPLED;
  /** A convolution on the shortcut although input and output are as wide. */
  readonly hasShortcut?: true;
  /** Time is not activated before it is projected. */
  readonly isTimeRaw?: true;
}

const RESAMPLED = {
  half: halvedByMeans,
  double: upsampleNearest2x,
  'half-by-filter': halvedByFilter,
  'double-by-filter': doubledByFilter,
} as const;

/** How time enters a residual block: added to the map, or as scale and shift of the second norm. */
export type TimeShift = 'default' | 'scale_shift';

/** The embedding of time and class that the blocks of a call are told of. */
export interface TimeEmbedding {
  /** `[N, width]`. */
  readonly embedding: tf.Tensor;
  /** The same, activated. */
  readonly activated: tf.Tensor;
  readonly shift: TimeShift;
}

/**
 * A residual block: norm, activation, convolution, time, norm, activation, convolution, plus the shortcut (He et al.
 * 2016; Ho et al. 2020, appendix B).
 *
 * @param x - `[N, H, W, input]`
 * @param time - none for networks that know no time (codecs)
 * @returns `[N, H, W, output]`; half or twice the height and width where the plan resamples
 */
export function resnetBlock(layers: Layers, plan: ResnetPlan, x: tf.Tensor4D, time?: TimeEmbedding): tf.Tensor4D {
  const { prefix, groups, scale = 1 } = plan;
  const active = layers.activation(layers.norm(`${prefix}.norm1`, x, groupsAt(groups, 0)));
  const first = layers.conv(`${prefix}.conv1`, resampled(active, plan));
  const second = layers.conv(`${prefix}.conv2`, layers.activation(timed(layers, plan, first, time)));
  const through = resampled(x, plan);
  const shortcut = hasShortcut(plan) ? layers.conv(`${prefix}.conv_shortcut`, through) : through;
  const sum = tf.add(shortcut, second) as tf.Tensor4D;
  return scale === 1 ? sum : tf.div(sum, scale);
}

/** The second norm, of a map that was told of time. */
function timed(
  layers: Layers,
  { prefix, groups, isTimeRaw }: ResnetPlan,
  x: tf.Tensor4D,
  time?: TimeEmbedding,
): tf.Tensor4D {
  const norm = (of: tf.Tensor4D) => layers.norm(`${prefix}.norm2`, of, groupsAt(groups, 1));
  if (time === undefined) return norm(x);
  const told = layers.linear(`${prefix}.time_emb_proj`, isTimeRaw ? time.embedding : time.activated);
  const spread = tf.reshape(told, [x.shape[0], 1, 1, -1]);
  if (time.shift === 'default') return norm(tf.add(x, spread));
  const [scale, shift] = tf.split(spread, 2, -1);
  return tf.add(tf.mul(norm(x), tf.add(scale as tf.Tensor, 1)), shift as tf.Tensor);
}

const groupsAt = (groups: ResnetPlan['groups'], at: 0 | 1) => (groups === undefined ? {} : { groups: groups[at] });

const hasShortcut = (plan: ResnetPlan): boolean => plan.hasShortcut === true || plan.input !== plan.output;

const resampled = (x: tf.Tensor4D, { resample }: ResnetPlan): tf.Tensor4D =>
  resample === undefined ? x : RESAMPLED[resample](x);

/**
 * The tensors of a residual block.
 *
 * @param time - width of the embedding of time, and how it enters; none for networks that know no time
 */
export function resnetSpecs(
  plan: ResnetPlan,
  time?: { readonly width: number; readonly shift: TimeShift },
): ParameterSpecs {
  const { prefix, input, output } = plan;
  const told = time?.shift === 'scale_shift' ? 2 * output : output;
  return {
    ...normSpecs(`${prefix}.norm1`, input),
    ...convSpecs(`${prefix}.conv1`, input, output, 3),
    ...(time === undefined ? {} : linearSpecs(`${prefix}.time_emb_proj`, time.width, told)),
    ...normSpecs(`${prefix}.norm2`, output),
    ...convSpecs(`${prefix}.conv2`, output, output, 3),
    ...(hasShortcut(plan) ? convSpecs(`${prefix}.conv_shortcut`, input, output, 1) : {}),
  };
}
