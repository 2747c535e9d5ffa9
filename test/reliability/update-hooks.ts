import type * as tf from '@tensorflow/tfjs';
import { changing, disposing, longer, nan, returning, type Hook } from './faults.js';

type Tensors = Readonly<Record<string, tf.Tensor>>;
type Update = { readonly parameters: Tensors; readonly state: Tensors; readonly gradientNorm: tf.Tensor };

const NO_TENSOR = 'its input holds no tensor';
const NUMBERS_IN = 'its input is numbers, which it cannot change';
const ONE_NUMBER = 'its result has no shape';
const TENSORS_IN = 'its input is tensors';

const all = (tensors: Tensors, change: (tensor: tf.Tensor) => tf.Tensor): Tensors =>
  Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, change(tensor)]));

/** The hooks that make an update: loss and optimiser. */
export const UPDATE_HOOKS: readonly Hook[] = [
  {
    name: 'objective.loss',
    at: 2,
    step: 2,
    faults: {
      'returns NaN': changing(nan),
      'returns a wrong shape': changing(longer),
      'returns a wrong type': returning(undefined),
      'disposes of its input': disposing(([ctx]) => (ctx as { output: tf.Tensor }).output),
    },
    leftOut: { 'changes its plain input': TENSORS_IN },
  },
  {
    name: 'optimizer.init',
    at: 0,
    step: 0,
    faults: {
      // It shows when the first update has used it: in the loss of the second.
      'returns NaN': { act: changing((state: Tensors) => all(state, nan)) },
      'returns a wrong shape': changing((state: Tensors) => all(state, longer)),
      'returns a wrong type': returning(undefined),
    },
    leftOut: {
      'disposes of its input': 'the weights that it is shown are the denoiser’s own',
      'changes its plain input': TENSORS_IN,
    },
  },
  {
    name: 'optimizer.scalars',
    at: 2,
    step: 2,
    faults: {
      'returns NaN': changing((numbers: object) => ({ ...numbers, stepSize: Number.NaN })),
      'returns a wrong shape': returning({}),
      'returns a wrong type': returning(undefined),
    },
    leftOut: { 'disposes of its input': NO_TENSOR, 'changes its plain input': NUMBERS_IN },
  },
  {
    name: 'optimizer.update',
    at: 2,
    step: 2,
    faults: {
      'returns NaN': changing((update: Update) => ({ ...update, parameters: all(update.parameters, nan) })),
      'returns a wrong shape': changing((update: Update) => ({
        ...update,
        parameters: all(update.parameters, longer),
      })),
      'returns a wrong type': returning(undefined),
      'disposes of its input': disposing(([, , parameters]) => (parameters as Tensors)['gain']),
    },
    leftOut: { 'changes its plain input': TENSORS_IN },
  },
  {
    name: 'optimizer.learningRate',
    at: 2,
    step: 2,
    faults: { 'returns NaN': returning(Number.NaN), 'returns a wrong type': returning('fast') },
    leftOut: {
      'returns a wrong shape': ONE_NUMBER,
      'disposes of its input': NO_TENSOR,
      'changes its plain input': NUMBERS_IN,
    },
  },
];
