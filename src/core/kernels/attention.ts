import * as tf from '@tensorflow/tfjs';
import { DiffusionError } from '../errors/diffusion-error.js';
import { runKernel, type Kernel } from './kernel.js';
import { MOST_SCORES, queryChunks, type QueryChunk } from './query-chunks.js';

type Attributes = { readonly heads: number; readonly scale: number; readonly mostScores: number };
type Query = { q: tf.Tensor; k: tf.Tensor; v: tf.Tensor };
type Biased = Query & { bias: tf.Tensor };

/** `[N, L, H * D]` as `[N, H, L, D]`. */
function split(x: tf.Tensor, heads: number): tf.Tensor {
  const [batch = 1, length = 1, width = 1] = x.shape;
  return tf.transpose(tf.reshape(x, [batch, length, heads, width / heads]), [0, 2, 1, 3]);
}

/** `[N, H, L, D]` as `[N, L, H * D]`. */
function merge(x: tf.Tensor): tf.Tensor {
  const [batch = 1, heads = 1, length = 1, width = 1] = x.shape;
  return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [batch, length, heads * width]);
}

const chunksOf = ({ q, k }: Query, { heads, mostScores }: Attributes): readonly QueryChunk[] =>
  queryChunks((q.shape[0] ?? 1) * heads, q.shape[1] ?? 1, k.shape[1] ?? 1, mostScores);

/** The queries of a chunk, of `[N, H, L, D]` or of a bias, which may have one row for all queries. */
function rowsOf(x: tf.Tensor, { start, count }: QueryChunk): tf.Tensor {
  const length = x.shape[2] ?? 1;
  return count === length || length === 1 ? x : tf.slice(x, [0, 0, start, 0], [-1, -1, count, -1]);
}

/** softmax(scale q k^T + bias), `[N, H, L, S]`. */
function weightsOf(q: tf.Tensor, k: tf.Tensor, scale: number, bias?: tf.Tensor): tf.Tensor {
  const scores = tf.matMul(tf.mul(q, scale), k, false, true);
  return tf.softmax(bias === undefined ? scores : tf.add(scores, bias));
}

/** Attention, chunk after chunk. */
function attended(inputs: Query & { bias?: tf.Tensor }, attributes: Attributes): tf.Tensor {
  const { heads, scale } = attributes;
  const [q, k, v] = [split(inputs.q, heads), split(inputs.k, heads), split(inputs.v, heads)];
  const parts = chunksOf(inputs, attributes).map((chunk) =>
    tf.tidy(() => {
      const bias = inputs.bias === undefined ? undefined : rowsOf(inputs.bias, chunk);
      return tf.matMul(weightsOf(rowsOf(q, chunk), k, scale, bias), v);
    }),
  );
  return merge(parts.length === 1 ? (parts[0] as tf.Tensor) : tf.concat(parts, 2));
}

/** Gradients of q, k, v and, where there is one, of the bias. */
function slopes(inputs: Query & { dy: tf.Tensor; bias?: tf.Tensor }, attributes: Attributes): tf.Tensor[] {
  const { heads, scale } = attributes;
  const [q, k, v, dy] = [inputs.q, inputs.k, inputs.v, inputs.dy].map((x) => split(x, heads)) as [
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
  ];
  const { bias } = inputs;
  const parts = chunksOf(inputs, attributes).map((chunk) =>
    tf.tidy(() => {
      const [queries, slope] = [rowsOf(q, chunk), rowsOf(dy, chunk)];
      const weights = weightsOf(queries, k, scale, bias === undefined ? undefined : rowsOf(bias, chunk));
      const along = tf.mul(weights, tf.matMul(slope, v, false, true));
      const raw = tf.sub(along, tf.mul(weights, tf.sum(along, -1, true)));
      const scores = tf.mul(raw, scale);
      return [
        tf.matMul(scores, k),
        tf.matMul(scores, queries, true, false),
        tf.matMul(weights, slope, true, false),
        ...(bias === undefined ? [] : [summedTo(raw, bias)]),
      ];
    }),
  );
  const ofPart = (index: number): tf.Tensor[] => parts.map((part) => part[index] as tf.Tensor);
  const biasSlope = (): tf.Tensor => (bias?.shape[2] === 1 ? total(ofPart(3)) : tf.concat(ofPart(3), 2));
  return [
    merge(tf.concat(ofPart(0), 2)),
    merge(total(ofPart(1))),
    merge(total(ofPart(2))),
    ...(bias === undefined ? [] : [biasSlope()]),
  ];
}

const total = (parts: tf.Tensor[]): tf.Tensor => (parts.length === 1 ? (parts[0] as tf.Tensor) : tf.addN(parts));

/** The gradient of what was spread over the axes of which `of` has one element. */
function summedTo(slope: tf.Tensor, of: tf.Tensor): tf.Tensor {
  const axes = [0, 1, 2].filter((axis) => of.shape[axis] === 1);
  return axes.length === 0 ? slope : tf.sum(slope, axes, true);
}

/** `RxdAttentionGrad`: gradients of q, k and v; the weights are computed again rather than kept. */
export const attentionGradKernel: Kernel<Query & { dy: tf.Tensor }, Attributes, tf.Tensor[]> = {
  name: 'RxdAttentionGrad',
  plain: slopes,
};

/** `RxdAttention`. */
export const attentionKernel: Kernel<Query, Attributes, tf.Tensor> = {
  name: 'RxdAttention',
  plain: attended,
  gradient: {
    saves: ['q', 'k', 'v'],
    inputs: (dy, [q = dy, k = dy, v = dy], attributes) => {
      const [dq = dy, dk = dy, dv = dy] = runKernel(attentionGradKernel, { q, k, v, dy }, attributes);
      return { q: dq, k: dk, v: dv };
    },
  },
};

/** `RxdBiasedAttentionGrad`: gradients of q, k, v and bias. */
export const biasedAttentionGradKernel: Kernel<Biased & { dy: tf.Tensor }, Attributes, tf.Tensor[]> = {
  name: 'RxdBiasedAttentionGrad',
  plain: slopes,
};

/** `RxdBiasedAttention`. */
export const biasedAttentionKernel: Kernel<Biased, Attributes, tf.Tensor> = {
  name: 'RxdBiasedAttention',
  plain: attended,
  gradient: {
    saves: ['q', 'k', 'v', 'bias'],
    inputs: (dy, [q = dy, k = dy, v = dy, bias = dy], attributes) => {
      const inputs = { q, k, v, bias, dy };
      const [dq = dy, dk = dy, dv = dy, dBias = dy] = runKernel(biasedAttentionGradKernel, inputs, attributes);
      return { q: dq, k: dk, v: dv, bias: dBias };
    },
  },
};

/** What attention may be told beside its queries, keys and values. */
export interface AttentionOptions {
  /** Added to the scores before the softmax: masks, positions; `[N or 1, H or 1, L or 1, S]`. */
  readonly bias?: tf.Tensor;
  /** Factor of q k^T; 1 / sqrt(D) where absent. */
  readonly scale?: number;
  /** Scores (queries times keys, of all heads and samples) that are held at once; 2^22 where absent. */
  readonly mostScores?: number;
}

/**
 * Scaled dot-product attention, softmax(scale q k^T + bias) v for each head (Vaswani et al. 2017, equation 1). Its memory
 * is linear in the number of tokens: scores of many queries are never held at once.
 *
 * @param q - queries `[N, L, H * D]`, heads side by side
 * @param k - keys `[N, S, H * D]`
 * @param v - values `[N, S, H * D]`
 * @param heads - H, a divisor of the width
 * @returns `[N, L, H * D]`, float32
 * @throws DiffusionError `RXD_PARAMETERS_MISMATCH` where the shapes do not go together
 */
export function attention(
  q: tf.Tensor,
  k: tf.Tensor,
  v: tf.Tensor,
  heads: number,
  { bias, scale = 1 / Math.sqrt((q.shape[2] ?? 1) / heads), mostScores = MOST_SCORES }: AttentionOptions = {},
): tf.Tensor3D {
  if (!goTogether(q, k, v, heads) || (bias !== undefined && !spreadsOver(bias, q, k, heads))) {
    const inputs = [q, k, v, ...(bias === undefined ? [] : [bias])];
    throw new DiffusionError('RXD_PARAMETERS_MISMATCH', {
      problem: 'the shapes of queries, keys and values do not fit together',
      got: `${heads} heads, ${inputs.map((x) => `[${x.shape.join(', ')}]`).join(', ')}`,
      expected: 'q [N, L, H * D], k and v [N, S, H * D] with H heads; a bias [N or 1, H or 1, L or 1, S]',
      fix: 'check the number of heads against the channels of the network',
    });
  }
  const attributes = { heads, scale, mostScores };
  const mixed =
    bias === undefined
      ? runKernel(attentionKernel, { q, k, v }, attributes)
      : runKernel(biasedAttentionKernel, { q, k, v, bias }, attributes);
  return mixed as tf.Tensor3D;
}

function goTogether(q: tf.Tensor, k: tf.Tensor, v: tf.Tensor, heads: number): boolean {
  const [batch, , width = 0] = q.shape;
  return (
    [q, k, v].every((x) => x.rank === 3 && x.shape[0] === batch && x.shape[2] === width) &&
    k.shape[1] === v.shape[1] &&
    width % heads === 0
  );
}

function spreadsOver(bias: tf.Tensor, q: tf.Tensor, k: tf.Tensor, heads: number): boolean {
  const full = [q.shape[0], heads, q.shape[1]];
  const fits = full.every((size, axis) => bias.shape[axis] === 1 || bias.shape[axis] === size);
  return bias.rank === 4 && fits && bias.shape[3] === k.shape[1];
}
