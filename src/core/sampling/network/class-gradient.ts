import * as tf from '@tensorflow/tfjs';
import type { Classifier } from '../../contracts/classifier.js';
import { DiffusionError } from '../../errors/diffusion-error.js';
import { identityOf } from '../../assembly/plugin-identity.js';
import { tapeFreed } from '../../tensors/tape-freed.js';
import { compiledOnce } from '../../tensors/compiled-once.js';
import type { CallInput } from './network-call.js';
import { stacked } from '../conditions/run-conditions.js';

/** The compiled gradient, by the noisy batch, of a classifier's log-probability of each sample's condition. */
export const classGradient = compiledOnce((engine, classifier: Classifier) =>
  engine.compile(({ parameters, x, inputScale, time, conditions }: CallInput) =>
    differentiated(classifier, x, (noisy) =>
      classifier.logProbability(parameters, tf.mul(noisy, inputScale), time, stacked(conditions)),
    ),
  ),
);

function differentiated(classifier: Classifier, x: tf.Tensor, work: (noisy: tf.Tensor) => tf.Tensor): tf.Tensor {
  const total = (noisy: tf.Tensor): tf.Scalar => tf.sum(checked(classifier, work(noisy), x.shape[0] ?? 1));
  try {
    return tapeFreed(() => tf.grad(total)(x));
  } catch (error) {
    if (error instanceof Error && !(error instanceof DiffusionError) && /gradient/i.test(error.message))
      throw noGradient(classifier, error);
    throw error;
  }
}

function checked(classifier: Classifier, output: tf.Tensor, count: number): tf.Tensor {
  if (output instanceof tf.Tensor && output.dtype === 'float32' && output.shape.join() === String(count)) return output;
  throw new DiffusionError('RXD_PLUGIN_OUTPUT', {
    problem: 'the classifier’s output has the wrong shape or type',
    got: output instanceof tf.Tensor ? `${output.dtype} [${output.shape.join(', ')}]` : typeof output,
    expected: `float32 [${count}]`,
    fix: 'return one log-probability a sample: that of its condition',
    plugin: identityOf(classifier, 'classifier'),
  });
}

function noGradient(classifier: Classifier, cause: Error): DiffusionError {
  return new DiffusionError('RXD_COMBINATION', {
    problem: 'the classifier has no gradient by the noisy sample',
    got: cause.message,
    expected: 'a log-probability that tfjs can differentiate by x',
    fix: 'make it of operations that have gradients, inside logProbability, or choose another guidance',
    plugin: identityOf(classifier, 'classifier'),
    cause,
  });
}
