import * as tf from '@tensorflow/tfjs';
import type { Conditioning } from '../../contracts/conditioning.js';
import type { Denoiser, ParameterSet, Perturbation } from '../../contracts/denoiser.js';
import type { Engine } from '../../contracts/engine.js';
import type { Preconditioning } from '../../contracts/parameterization.js';
import { DiffusionError } from '../../errors/diffusion-error.js';
import { identityOf } from '../../assembly/plugin-identity.js';
import { compiledOnce } from '../../tensors/compiled-once.js';
import { outputOf } from '../../tensors/network-output.js';
import { isSameShape } from '../../tensors/same-shape.js';
import { stacked } from '../conditions/run-conditions.js';

/** What a compiled call takes: everything that changes is an argument. */
export type CallInput = {
  readonly parameters: ParameterSet;
  readonly x: tf.Tensor;
  readonly inputScale: tf.Scalar;
  readonly time: tf.Tensor1D;
  /** The conditions under which `x` is read, each with a row for each sample. */
  readonly conditions: readonly Conditioning[];
};

/** A compiled call of a network: the outputs under each condition, all of one batch. */
export type NetworkCall = (input: CallInput) => readonly tf.Tensor[];

/** The compiled call of a network on an engine, as it is or perturbed; made once. */
export function networkCall(engine: Engine, denoiser: Denoiser, perturbation?: Required<Perturbation>): NetworkCall {
  const made = calls(engine, denoiser);
  const key = perturbation === undefined ? '' : JSON.stringify([perturbation.kind, ...perturbation.layers]);
  const call = made.get(key) ?? compileCall(engine, denoiser, perturbation);
  made.set(key, call);
  return call;
}

const calls = compiledOnce((_engine: Engine, _denoiser: Denoiser) => new Map<string, NetworkCall>());

function compileCall(engine: Engine, denoiser: Denoiser, perturbation?: Required<Perturbation>): NetworkCall {
  return engine.compile(({ parameters, x, inputScale, time, conditions }: CallInput) => {
    const times = conditions.length;
    const wide = <T extends tf.Tensor>(tensor: T): T =>
      times === 1 ? tensor : tf.concat<T>(Array.from({ length: times }, () => tensor));
    const scaled = tf.mul(wide(x), inputScale);
    const given = stacked(conditions);
    const output = perturbation
      ? denoiser.predict(parameters, scaled, wide(time), given, perturbation)
      : denoiser.predict(parameters, scaled, wide(time), given);
    const checked = checkedOutput(denoiser, outputOf(output), x, times);
    return times === 1 ? [checked] : tf.split(checked, times, 0);
  });
}

/** The input of a call at one level. Made inside the step's tidy. */
export function callInput(
  parameters: ParameterSet,
  x: tf.Tensor,
  reading: Preconditioning,
  conditions: readonly Conditioning[],
): CallInput {
  const time = tf.tensor1d(new Float32Array(x.shape[0] ?? 1).fill(reading.time));
  return { parameters, x, inputScale: tf.scalar(reading.inputScale), time, conditions };
}

function checkedOutput(denoiser: Denoiser, output: tf.Tensor, x: tf.Tensor, times: number): tf.Tensor {
  const expected = [...x.shape];
  expected[0] = (x.shape[0] ?? 0) * times;
  if (denoiser.info.learnsVariance) expected[x.rank - 1] = 2 * (x.shape[x.rank - 1] ?? 1);
  if (output instanceof tf.Tensor && output.dtype === 'float32' && isSameShape(output.shape, expected)) return output;
  throw new DiffusionError('RXD_PLUGIN_OUTPUT', {
    problem: 'the denoiser’s output has the wrong shape or type',
    got: output instanceof tf.Tensor ? `${output.dtype} [${output.shape.join(', ')}]` : typeof output,
    expected: `float32 [${expected.join(', ')}]`,
    fix: 'return a tensor shaped like x, or { output, losses?, auxiliary? }; with a learned variance, twice the channels',
    plugin: identityOf(denoiser, 'denoiser'),
  });
}
