import * as tf from '@tensorflow/tfjs';
import { DiffusionError } from '../errors/diffusion-error.js';
import { runKernel, type Kernel } from './kernel.js';

type Attributes = { readonly heads: number };
type Query = { q: tf.Tensor; k: tf.Tensor; v: tf.Tensor };

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

const temperature = (x: tf.Tensor, heads: number): number => Math.sqrt((x.shape[2] ?? 1) / heads);

/** `RxdAttentionGrad`: gradients of q, k and v; the weights are computed again rather than kept. */
export const attentionGradKernel: Kernel<Query & { dy: tf.Tensor }, Attributes, tf.Tensor[]> = {
  name: 'RxdAttentionGrad',
  plain: (inputs, { heads }) => {
    const [q, k, v, dy] = [inputs.q, inputs.k, inputs.v, inputs.dy].map((x) => split(x, heads)) as [
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
    ];
    const scale = 1 / temperature(inputs.q, heads);
    const weights = tf.softmax(tf.mul(tf.matMul(q, k, false, true), scale));
    const slope = tf.mul(weights, tf.matMul(dy, v, false, true));
    const scores = tf.mul(tf.sub(slope, tf.mul(weights, tf.sum(slope, -1, true))), scale);
    return [
      merge(tf.matMul(scores, k)),
      merge(tf.matMul(scores, q, true, false)),
      merge(tf.matMul(weights, dy, true, false)),
    ];
  },
};

/** `RxdAttention`. */
export const attentionKernel: Kernel<Query, Attributes, tf.Tensor> = {
  name: 'RxdAttention',
  plain: (inputs, { heads }) => {
    const q = tf.div(split(inputs.q, heads), temperature(inputs.q, heads));
    const weights = tf.softmax(tf.matMul(q, split(inputs.k, heads), false, true));
    return merge(tf.matMul(weights, split(inputs.v, heads)));
  },
  gradient: {
    saves: ['q', 'k', 'v'],
    inputs: (dy, [q = dy, k = dy, v = dy], attributes) => {
      const [dq = dy, dk = dy, dv = dy] = runKernel(attentionGradKernel, { q, k, v, dy }, attributes);
      return { q: dq, k: dk, v: dv };
    },
  },
};

/**
 * Scaled dot-product attention, softmax(q k^T / sqrt(D)) v for each head (Vaswani et al. 2017, equation 1).
 *
 * @param q - queries `[N, L, H * D]`, heads side by side
 * @param k - keys `[N, S, H * D]`
 * @param v - values `[N, S, H * D]`
 * @param heads - H, a divisor of the width
 * @returns `[N, L, H * D]`, float32
 * @throws DiffusionError `RXD_PARAMETERS_MISMATCH` where the shapes do not go together
 */
export function attention(q: tf.Tensor, k: tf.Tensor, v: tf.Tensor, heads: number): tf.Tensor3D {
  if (!goTogether(q, k, v, heads)) {
    throw new DiffusionError('RXD_PARAMETERS_MISMATCH', {
      problem: 'queries, keys and values do not go together',
      got: `${heads} heads, ${[q, k, v].map((x) => `[${x.shape.join(', ')}]`).join(', ')}`,
      expected: 'q [N, L, H * D], k and v [N, S, H * D] with H heads',
      fix: 'check the number of heads against the channels of the network',
    });
  }
  return runKernel(attentionKernel, { q, k, v }, { heads }) as tf.Tensor3D;
}

function goTogether(q: tf.Tensor, k: tf.Tensor, v: tf.Tensor, heads: number): boolean {
  const [batch, , width = 0] = q.shape;
  return (
    [q, k, v].every((x) => x.rank === 3 && x.shape[0] === batch && x.shape[2] === width) &&
    k.shape[1] === v.shape[1] &&
    width % heads === 0
  );
}
