import * as tf from '@tensorflow/tfjs';
import type { ParameterSet } from '../core/contracts/denoiser.js';
import type { Optimizer, OptimizerUpdate } from '../core/contracts/training.js';
import { lawsOf } from './broken-law.js';

const holds = lawsOf('optimisers');

/** Updates after which the quadratic bowl of `optimizerLaws` must have been descended. */
const DESCENT_STEPS = 300;

/** Plain values of some tensors, by name. */
type Values = Readonly<Record<string, { readonly shape: readonly number[]; readonly data: readonly number[] }>>;

/**
 * Checks the laws of the optimiser contract, on the current tfjs backend: `update` is a pure function of its arguments
 * (equal arguments, equal bits; no argument changed), whatever the order of the names in its records; names and shapes
 * stay; the reported norm is that of the gradients before clipping; `scalars` and `learningRate` are finite for every
 * step; and following the gradient of a quadratic bowl makes it smaller.
 *
 * @throws Error that says which law is broken.
 */
export function optimizerLaws(optimizer: Optimizer): void {
  tf.tidy(() => {
    const parameters = { 'b.weight': filled([40, 30], 1), 'a.bias': filled([5], 2), c: filled([1], 3) };
    const gradients = { 'b.weight': filled([40, 30], 4), 'a.bias': filled([5], 5), c: filled([1], 6) };
    scalarsAreFinite(optimizer);
    updateIsPure(optimizer, parameters, gradients);
    descends(optimizer, parameters);
  });
}

function scalarsAreFinite(optimizer: Optimizer): void {
  for (let step = 0; step < 2000; step += 7) {
    const numbers = [...Object.values(optimizer.scalars(step)), optimizer.learningRate(step)];
    holds(numbers.every(Number.isFinite), `scalars and learning rate are finite (step ${step})`);
  }
}

function updateIsPure(optimizer: Optimizer, parameters: ParameterSet, gradients: ParameterSet): void {
  const state = optimizer.init(parameters);
  const before = text(parameters, gradients, state);
  const first = updated(optimizer, gradients, state, parameters, 0);
  holds(text(parameters, gradients, state) === before, 'update does not change its arguments');
  const again = updated(optimizer, gradients, state, parameters, 0);
  holds(text(again.parameters, again.state) === text(first.parameters, first.state), 'equal arguments, equal bits');
  const turned = updated(optimizer, reversed(gradients), reversed(state), reversed(parameters), 0);
  holds(
    text(turned.parameters, turned.state) === text(first.parameters, first.state),
    'order of names does not matter',
  );
  holds(shapes(first.parameters) === shapes(parameters), 'update keeps names and shapes of the weights');
  holds(shapes(first.state) === shapes(state), 'update keeps names and shapes of the state');
  const squares = Object.values(values(gradients)).flatMap(({ data }) => data.map((value) => value ** 2));
  const norm = Math.sqrt(squares.reduce((sum, square) => sum + square, 0));
  const reported = first.gradientNorm.dataSync()[0] ?? Number.NaN;
  holds(Math.abs(reported - norm) <= 1e-5 * norm, 'gradientNorm is the global norm before clipping');
}

/** Minimises the half squared distance to 0, whose gradient is the weights themselves. */
function descends(optimizer: Optimizer, start: ParameterSet): void {
  let current = { parameters: start, state: optimizer.init(start) };
  const size = (): number => Math.hypot(...Object.values(values(current.parameters)).flatMap(({ data }) => data));
  const before = size();
  for (let step = 0; step < DESCENT_STEPS; step++) {
    current = tf.tidy(() => {
      const { parameters, state } = updated(optimizer, current.parameters, current.state, current.parameters, step);
      return { parameters, state };
    });
  }
  holds(size() < before, `${DESCENT_STEPS} updates make a quadratic bowl smaller`);
}

function updated(
  optimizer: Optimizer,
  gradients: ParameterSet,
  state: ParameterSet,
  parameters: ParameterSet,
  step: number,
): OptimizerUpdate {
  const scalars = Object.entries(optimizer.scalars(step)).map(([name, value]) => [name, tf.scalar(value)] as const);
  return optimizer.update(gradients, state, parameters, Object.fromEntries(scalars));
}

function filled(shape: number[], phase: number): tf.Tensor {
  const size = shape.reduce((product, side) => product * side, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, (_, index) => Math.sin(phase + 1.7 * index)),
    shape,
  );
}

function values(set: ParameterSet): Values {
  const names = Object.keys(set).toSorted();
  return Object.fromEntries(
    names.map((name) => [name, { shape: set[name]?.shape ?? [], data: Array.from(set[name]?.dataSync() ?? []) }]),
  );
}

const text = (...sets: readonly ParameterSet[]): string => JSON.stringify(sets.map(values));
const shapes = (set: ParameterSet): string =>
  JSON.stringify(Object.entries(values(set)).map(([name, { shape }]) => [name, shape]));
const reversed = (set: ParameterSet): ParameterSet => Object.fromEntries(Object.entries(set).toReversed());
