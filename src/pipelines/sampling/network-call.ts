import * as tf from '@tensorflow/tfjs';
import type { Conditioning } from '../../core/contracts/conditioning.js';
import type { Denoiser, ParameterSet } from '../../core/contracts/denoiser.js';
import type { Engine } from '../../core/contracts/engine.js';
import type { Reading } from '../../core/contracts/parameterization.js';
import { DiffusionError } from '../../core/errors/diffusion-error.js';
import { identityOf } from '../../core/plugins/plugin-identity.js';
import { compiledOnce } from '../../core/tensors/compiled-once.js';
import { isSameShape } from '../../core/tensors/same-shape.js';

/** What a compiled call takes: everything that changes is an argument. */
export type CallInput = {
  readonly parameters: ParameterSet;
  readonly x: tf.Tensor;
  readonly inputScale: tf.Scalar;
  readonly time: tf.Tensor1D;
  readonly conditioning: Conditioning;
};

/** A denoiser compiled by an engine: for one side, and for both sides in one batch. */
export interface NetworkCall {
  single(input: CallInput): tf.Tensor;
  /** `conditioning` holds 2N rows, the conditional ones first; gives the two halves of the output. */
  both(input: CallInput): readonly [conditional: tf.Tensor, unconditional: tf.Tensor];
}

/** The compiled call of a denoiser on an engine, made once. */
export const networkCall = compiledOnce(compileCall);

function compileCall(engine: Engine, denoiser: Denoiser): NetworkCall {
  return {
    single: engine.compile(({ parameters, x, inputScale, time, conditioning }: CallInput) =>
      checkedOutput(denoiser, denoiser.predict(parameters, tf.mul(x, inputScale), time, conditioning), x.shape[0] ?? 0),
    ),
    both: engine.compile(({ parameters, x, inputScale, time, conditioning }: CallInput) => {
      const [twice, times] = [tf.concat([x, x], 0), tf.concat([time, time], 0)];
      const output = denoiser.predict(parameters, tf.mul(twice, inputScale), times, conditioning);
      const [conditional, unconditional] = tf.split(checkedOutput(denoiser, output, twice.shape[0] ?? 0), 2, 0);
      return [conditional, unconditional] as readonly [tf.Tensor, tf.Tensor];
    }),
  };
}

/** The input of a call at one level. Made inside the step's tidy. */
export function callInput(
  parameters: ParameterSet,
  x: tf.Tensor,
  reading: Reading,
  conditioning: Conditioning,
): CallInput {
  const time = tf.tensor1d(new Float32Array(x.shape[0] ?? 1).fill(reading.time));
  return { parameters, x, inputScale: tf.scalar(reading.inputScale), time, conditioning };
}

function checkedOutput(denoiser: Denoiser, output: tf.Tensor, count: number): tf.Tensor {
  const { sampleShape, learnsVariance } = denoiser.info;
  const expected = [count, ...sampleShape];
  if (learnsVariance) expected[sampleShape.length] = 2 * (sampleShape.at(-1) ?? 1);
  if (output instanceof tf.Tensor && output.dtype === 'float32' && isSameShape(output.shape, expected)) return output;
  throw new DiffusionError('RXD_PLUGIN_OUTPUT', {
    problem: 'the denoiser’s output has the wrong shape or type',
    got: output instanceof tf.Tensor ? `${output.dtype} [${output.shape.join(', ')}]` : typeof output,
    expected: `float32 [${expected.join(', ')}]`,
    fix: 'return a tensor shaped like x; with a learned variance, twice the channels',
    plugin: identityOf(denoiser, 'denoiser'),
  });
}
