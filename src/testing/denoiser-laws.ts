import * as tf from '@tensorflow/tfjs';
import type { Denoiser, ParameterSet, Perturbation } from '../core/contracts/denoiser.js';
import { normals } from '../core/random/draws.js';
import { outputOf } from '../core/tensors/network-output.js';
import { lawsOf } from './broken-law.js';
import { drawnConditions } from './drawn-conditions.js';

const holds = lawsOf('denoisers');

/** How `denoiserLaws` asks. */
export interface DenoiserCase {
  /** The time of each sample; 3 and 700 where absent. */
  readonly times?: readonly number[];
  /** Largest difference between a batch and its singles; 1e-5 where absent. */
  readonly tolerance?: number;
}

/**
 * Checks the laws of the denoiser contract on the current tfjs backend: the output is float32, finite and shaped like
 * the input (twice the channels where the variance is learned), equal calls give equal bits, a batch equals its
 * singles, weights stay as they are, and each weight has a gradient of its own shape. Each perturbation that it offers, of
 * all its layers and of each alone, gives an output of the same form that differs from the unperturbed one.
 *
 * @throws Error that says which law is broken.
 */
export function denoiserLaws(denoiser: Denoiser, { times = [3, 700], tolerance = 1e-5 }: DenoiserCase = {}): void {
  tf.tidy(() => {
    const { sampleShape, learnsVariance } = denoiser.info;
    const size = sampleShape.reduce((product, side) => product * side, 1);
    const values = normals({ seed: 1, purpose: 'laws/denoiser', step: 0 }, times.length * size);
    const x = tf.tensor(Float32Array.from(values), [times.length, ...sampleShape]);
    const before = text(denoiser.parameters);
    const output = predict(denoiser, x, times, 0);
    const channels = (sampleShape.at(-1) ?? 1) * (learnsVariance ? 2 : 1);
    const shape = [times.length, ...sampleShape.slice(0, -1), channels];
    holds(
      output.dtype === 'float32' && output.shape.join() === shape.join(),
      `the output is float32 [${shape.join(', ')}]`,
    );
    holds(output.dataSync().every(Number.isFinite), 'the output is finite');
    holds(predict(denoiser, x, times, 0).dataSync().join() === output.dataSync().join(), 'equal calls give equal bits');
    times.forEach((time, sample) => {
      const single = predict(denoiser, tf.slice(x, [sample], [1]), [time], sample);
      const row = tf.slice(output, [sample], [1]);
      holds(difference(single, row) <= tolerance, 'a batch equals its singles');
    });
    holds(text(denoiser.parameters) === before, 'weights stay as they are');
    checkGradients(denoiser, x, times);
    checkPerturbations(denoiser, x, { times, tolerance });
  });
}

function checkPerturbations(
  { parameters, ...network }: Denoiser,
  x: tf.Tensor,
  { times, tolerance }: Required<DenoiserCase>,
): void {
  // Weights that start at zero, as those of last layers often do, would hide what is changed before them.
  const denoiser: Denoiser = { ...network, parameters: stirred(parameters) };
  const plain = predict(denoiser, x, times, 0);
  for (const [kind, layers] of Object.entries(network.info.perturbations ?? {})) {
    holds(layers.length > 0 && new Set(layers).size === layers.length, `${kind} has layers, each named once`);
    for (const changed of [layers, ...(layers.length > 1 ? layers.map((layer) => [layer]) : [])]) {
      const perturbation = { kind, layers: changed };
      const said = `${kind} of ${changed.join(', ')}`;
      const output = predict(denoiser, x, times, 0, perturbation);
      holds(output.dtype === plain.dtype && output.shape.join() === plain.shape.join(), `${said} keeps the shape`);
      holds(output.dataSync().every(Number.isFinite), `the output of ${said} is finite`);
      holds(difference(output, plain) > 0, `${said} changes the output`);
      times.forEach((time, sample) => {
        const single = predict(denoiser, tf.slice(x, [sample], [1]), [time], sample, perturbation);
        holds(
          difference(single, tf.slice(output, [sample], [1])) <= tolerance,
          `with ${said} a batch equals its singles`,
        );
      });
    }
  }
}

/** The same weights, a little moved. */
function stirred(parameters: ParameterSet): ParameterSet {
  const moved = Object.entries(parameters).map(([name, tensor]) => {
    const noise = normals({ seed: 1, purpose: `laws/denoiser/${name}`, step: 0 }, tensor.size);
    const small = tf.tensor(
      Float32Array.from(noise, (value) => 0.02 * value),
      tensor.shape,
    );
    return [name, tf.add(tensor, small)] as const;
  });
  return Object.fromEntries(moved);
}

function checkGradients(denoiser: Denoiser, x: tf.Tensor, times: readonly number[]): void {
  const names = Object.keys(denoiser.parameters);
  const loss = (...weights: tf.Tensor[]): tf.Scalar => {
    const parameters = Object.fromEntries(names.map((name, i) => [name, weights[i] as tf.Tensor]));
    return tf.mean(tf.square(predict({ ...denoiser, parameters }, x, times, 0)));
  };
  const gradients = tf.grads(loss)(Object.values(denoiser.parameters));
  names.forEach((name, i) => {
    const expected = denoiser.parameters[name]?.shape.join();
    holds(gradients[i]?.shape.join() === expected, `${name} has a gradient of its own shape`);
  });
}

/** Sample k of the batch has class (first + k) modulo the number of classes, and other conditions drawn by its number. */
function predict(
  denoiser: Denoiser,
  x: tf.Tensor,
  times: readonly number[],
  first: number,
  perturbation?: Required<Perturbation>,
): tf.Tensor {
  const { classes, takes, sampleShape } = denoiser.info;
  const [height, width] = sampleShape;
  const conditioning = drawnConditions(takes, { classes, count: times.length, first, sizes: { height, width } });
  const time = tf.tensor1d([...times], 'float32');
  return outputOf(
    perturbation === undefined
      ? denoiser.predict(denoiser.parameters, x, time, conditioning)
      : denoiser.predict(denoiser.parameters, x, time, conditioning, perturbation),
  );
}

function difference(a: tf.Tensor, b: tf.Tensor): number {
  return tf.max(tf.abs(tf.sub(a, b))).dataSync()[0] ?? Number.NaN;
}

function text(parameters: ParameterSet): string {
  return Object.entries(parameters)
    .map(([name, tensor]) => `${name}:${tensor.dataSync().join()}`)
    .join(';');
}
