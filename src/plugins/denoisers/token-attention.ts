import * as tf from '@tensorflow/tfjs';
import type { Conditioning } from '../../core/contracts/conditioning.js';
import { DiffusionError } from '../../core/errors/diffusion-error.js';
import { attention } from '../../core/kernels/attention.js';
import { linearSpecs, type ParameterSpecs } from '../../core/networks/parameter-specs.js';

/** The weights of attention from one vector to tokens of another width. */
export function attentionSpecs(prefix: string, width: number, tokens: number): ParameterSpecs {
  return {
    ...linearSpecs(`${prefix}.to_q`, width, width),
    ...linearSpecs(`${prefix}.to_k`, tokens, width),
    ...linearSpecs(`${prefix}.to_v`, tokens, width),
    ...linearSpecs(`${prefix}.to_out`, width, width),
  };
}

/**
 * Cross-attention of a sample's vector to the tokens of its text, one head (Vaswani et al. 2017, equation 1).
 *
 * @param hidden - `[N, width]`
 * @param linear - a linear layer of the network, by its prefix
 * @returns `[N, width]`
 * @throws DiffusionError `RXD_CONDITION_INVALID` where no tokens came
 */
export function attended(
  prefix: string,
  hidden: tf.Tensor2D,
  { tokens }: Conditioning,
  linear: (prefix: string, input: tf.Tensor) => tf.Tensor2D,
): tf.Tensor2D {
  if (tokens === undefined) throw tokensMissing();
  const [count = 0, length = 0, width = 0] = tokens.shape;
  const flat = tf.reshape(tokens, [count * length, width]);
  const ofTokens = (name: string): tf.Tensor => tf.reshape(linear(`${prefix}.${name}`, flat), [count, length, -1]);
  const query = tf.expandDims(linear(`${prefix}.to_q`, hidden), 1);
  const found = attention(query, ofTokens('to_k'), ofTokens('to_v'), 1);
  return linear(`${prefix}.to_out`, tf.squeeze(found, [1]));
}

function tokensMissing(): DiffusionError {
  return new DiffusionError('RXD_CONDITION_INVALID', {
    problem: 'this network attends to tokens and got none',
    got: 'no tokens',
    expected: 'a float32 tensor [N, tokens, width]',
    fix: 'add the conditioner words to the recipe and give the request a text as condition',
  });
}
