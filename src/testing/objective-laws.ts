import * as tf from '@tensorflow/tfjs';
import type { NoiseLevel } from '../core/contracts/noise-level.js';
import type { Parameterization } from '../core/contracts/parameterization.js';
import type { Objective, ObjectiveContext } from '../core/contracts/training.js';
import { lossAndGradients } from '../core/training/gradients.js';
import { lawsOf } from './broken-law.js';

const holds = lawsOf('objectives');

/** What `objectiveLaws` asks the objective about. */
export interface ObjectiveCase {
  /** Levels of training, at least two. */
  readonly levels: readonly NoiseLevel[];
  readonly parameterization: Parameterization;
  /** Shape of one sample; `[2, 2, 1]` where absent. */
  readonly sampleShape?: readonly number[];
}

/**
 * Checks the laws of the objective contract, on the current tfjs backend: coefficients are finite and carry the same
 * names at every level; the loss is one finite number a sample and a pure function of its arguments; a sample's loss
 * does not depend on the rest of the batch; its gradient with respect to the output agrees with differences.
 *
 * @throws Error that says which law is broken.
 */
export function objectiveLaws(objective: Objective, objectiveCase: ObjectiveCase): void {
  tf.tidy(() => {
    const ctx = contextOf(objective, objectiveCase);
    const count = objectiveCase.levels.length;
    const before = read(ctx);
    const losses = objective.loss(ctx);
    const numbers = Array.from(losses.dataSync());
    holds(losses.shape.join() === String(count), 'one loss for each sample');
    holds(numbers.every(Number.isFinite), 'losses are finite');
    holds(Array.from(objective.loss(ctx).dataSync()).join() === numbers.join(), 'equal arguments, equal bits');
    holds(read(ctx) === before, 'the loss does not change its arguments');
    numbers.forEach((loss, index) => {
      const alone = objective.loss(only(ctx, index)).dataSync()[0] ?? Number.NaN;
      holds(close(alone, loss, 1e-5), `a sample's loss does not depend on the batch (sample ${index})`);
    });
    gradientAgrees(objective, ctx);
  });
}

function contextOf(objective: Objective, { levels, parameterization, sampleShape = [2, 2, 1] }: ObjectiveCase) {
  const each = levels.map((level) => objective.coefficients(level, parameterization.at(level)));
  const names = Object.keys(each[0] ?? {});
  holds(
    each.every((one) => Object.keys(one).toSorted().join() === names.toSorted().join()),
    'coefficients carry the same names at every level',
  );
  holds(
    each.every((one) => Object.values(one).every(Number.isFinite)),
    'coefficients are finite',
  );
  const shape = [levels.length, ...sampleShape];
  const column = (numbers: readonly number[]): tf.Tensor =>
    tf.reshape(tf.tensor1d([...numbers]), [levels.length, ...sampleShape.map(() => 1)]);
  const [x0, noise] = [filled(shape, 1), filled(shape, 2)];
  const alpha = column(levels.map((level) => level.alpha));
  const sigma = column(levels.map((level) => level.sigma));
  const x = tf.add(tf.mul(x0, alpha), tf.mul(noise, sigma));
  const coefficients = names.map((name) => [name, tf.tensor1d(each.map((one) => one[name] ?? 0))] as const);
  return { x0, noise, x, output: filled(shape, 3), coefficients: Object.fromEntries(coefficients) };
}

/** The slope along one direction, from autodiff and from a central difference. */
function gradientAgrees(objective: Objective, ctx: ObjectiveContext): void {
  const along = filled(ctx.output.shape, 4);
  const mean = (output: tf.Tensor): tf.Scalar => tf.mean(objective.loss({ ...ctx, output }));
  const [slope] = lossAndGradients(() => mean(ctx.output), [ctx.output]).gradients;
  const derivative = slope === undefined ? Number.NaN : number(tf.sum(tf.mul(slope, along)));
  const step = 1e-2;
  const moved = (sign: number): number => number(mean(tf.add(ctx.output, tf.mul(along, sign * step))));
  const difference = (moved(1) - moved(-1)) / (2 * step);
  holds(close(difference, derivative, 5e-3), `the gradient agrees with differences (${derivative}, ${difference})`);
}

function only(ctx: ObjectiveContext, index: number): ObjectiveContext {
  const row = <T extends tf.Tensor>(batch: T): T => tf.slice(batch, [index], [1]);
  const coefficients = Object.entries(ctx.coefficients).map(([name, numbers]) => [name, row(numbers)] as const);
  return {
    x0: row(ctx.x0),
    noise: row(ctx.noise),
    x: row(ctx.x),
    output: row(ctx.output),
    coefficients: Object.fromEntries(coefficients),
  };
}

function filled(shape: readonly number[], phase: number): tf.Tensor {
  const size = shape.reduce((product, side) => product * side, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, (_, index) => Math.sin(phase + 2.3 * index)),
    [...shape],
  );
}

const number = (scalar: tf.Tensor): number => scalar.dataSync()[0] ?? Number.NaN;
const close = (a: number, b: number, tolerance: number): boolean =>
  Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b));
const read = ({ x0, noise, x, output, coefficients }: ObjectiveContext): string =>
  [x0, noise, x, output, ...Object.values(coefficients)].map((tensor) => tensor.dataSync().join()).join('\n');
