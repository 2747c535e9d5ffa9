import * as tf from '@tensorflow/tfjs';
import { UPDATE_HOOKS } from './update-hooks.js';
import { assigning, changing, disposing, DRAW_FAULTS, longer, nan, returning, type Hook } from './faults.js';
import type { Batch } from '../../src/core/contracts/dataset.js';
import { batchOf } from '../../src/core/training/batch-columns.js';
import { dataIn, labelsIn } from '../batch-parts.js';

type Tensors = Readonly<Record<string, tf.Tensor>>;

const NO_TENSOR = 'its input holds no tensor';
const NUMBERS_IN = 'its input is numbers, which it cannot change';
const ONE_NUMBER = 'its result has no shape';
const TENSORS_IN = 'its input is tensors';
const level = { alpha: 9, sigma: 9, lambda: 9 };

/** Every hook that a training run of four steps calls, batches of four. Its third step is broken, or its start. */
export const TRAINING_HOOKS: readonly Hook[] = [
  {
    name: 'dataset.batch',
    at: 2,
    step: 2,
    async: true,
    faults: {
      'returns NaN': changing((batch: Batch) =>
        batchOf(
          dataIn(batch).map(() => Number.NaN),
          [batch.count, 2],
          labelsIn(batch),
        ),
      ),
      'returns a wrong shape': changing((batch: Batch) => batchOf(dataIn(batch), [4, 3], labelsIn(batch))),
      'returns a wrong type': returning(undefined),
      'changes its plain input': {
        act: ({ args, honest }) => {
          const batch = honest();
          Object.assign(args[0] as object, { seed: 0, epoch: 9, index: 9, size: 9 });
          return batch;
        },
        outcome: 'harmless',
      },
    },
    leftOut: { 'disposes of its input': NO_TENSOR },
  },
  {
    name: 'timestepSampler.level',
    at: 9,
    step: 2,
    faults: {
      'returns NaN': changing((one: object) => ({ ...one, sigma: Number.NaN })),
      'returns a wrong type': returning(undefined),
    },
    leftOut: {
      'returns a wrong shape': ONE_NUMBER,
      'disposes of its input': NO_TENSOR,
      'changes its plain input': 'its input is the schedule, a plugin like itself, and a number',
    },
  },
  ...['normal', 'uniform'].map((name): Hook => ({
    name: `noise.${name}`,
    at: name === 'normal' ? 2 : 4,
    step: 2,
    faults: DRAW_FAULTS,
    leftOut: { 'disposes of its input': NO_TENSOR },
  })),
  {
    name: 'parameterization.at',
    at: 9,
    step: 2,
    faults: {
      'returns NaN': changing((reading: object) => ({ ...reading, time: Number.NaN })),
      'returns a wrong type': returning(undefined),
      'changes its plain input': assigning(([at]) => at, level),
    },
    leftOut: { 'returns a wrong shape': ONE_NUMBER, 'disposes of its input': NO_TENSOR },
  },
  {
    name: 'objective.coefficients',
    at: 9,
    step: 2,
    faults: {
      'returns NaN': changing((numbers: object) => ({ ...numbers, weight: Number.NaN })),
      'returns a wrong shape': returning({}),
      'returns a wrong type': returning(undefined),
      'changes its plain input': assigning(([at]) => at, level),
    },
    leftOut: { 'disposes of its input': NO_TENSOR },
  },
  ...UPDATE_HOOKS,
  {
    name: 'average.decay',
    at: 2,
    step: 2,
    faults: { 'returns NaN': returning(Number.NaN), 'returns a wrong type': returning('slow') },
    leftOut: {
      'returns a wrong shape': ONE_NUMBER,
      'disposes of its input': NO_TENSOR,
      'changes its plain input': NUMBERS_IN,
    },
  },
  {
    name: 'conditioner.prepareBatch',
    at: 2,
    step: 2,
    faults: {
      'returns a wrong shape': returning({
        classLabels: { kind: 'numbers', data: Int32Array.of(1, 1, 1), shape: [3] },
      }),
      'returns a wrong type': returning(undefined),
      'changes its plain input': {
        act: ({ args, honest }) => {
          const inputs = honest();
          Object.assign(args[1] as object, { count: 9 });
          return inputs;
        },
        outcome: 'harmless',
      },
    },
    leftOut: { 'returns NaN': 'labels are whole numbers', 'disposes of its input': NO_TENSOR },
  },
  {
    name: 'conditioner.encode',
    at: 2,
    step: 2,
    faults: {
      // Conditions are not read back: the loss is the first number that shows it.
      'returns NaN': {
        act: changing(({ classLabels }: Tensors) => ({ classLabels: nan(classLabels!) })),
        blamed: 'objective',
      },
      'returns a wrong shape': changing(({ classLabels }: Tensors) => ({ classLabels: longer(classLabels!) })),
      'returns a wrong type': returning(undefined),
      'disposes of its input': disposing(([, inputs]) => (inputs as Tensors)['classLabels']!),
    },
    leftOut: { 'changes its plain input': 'it has tensors only' },
  },
  {
    name: 'denoiser.predict',
    at: 2,
    step: 2,
    faults: {
      // The loss is the first number that is read back: the network or the objective may have made it.
      'returns NaN': { act: changing((output: tf.Tensor) => tf.mul(output, Number.NaN)), blamed: 'objective' },
      'returns a wrong shape': changing(longer),
      'returns a wrong type': returning(undefined),
      'disposes of its input': disposing(([, x]) => x),
    },
    leftOut: { 'changes its plain input': TENSORS_IN },
  },
  {
    name: 'store.write',
    at: 0,
    step: 2,
    async: true,
    faults: {
      'changes its plain input': {
        act: async ({ args, honest }) => {
          await honest();
          (args[1] as Uint8Array).fill(0);
        },
        outcome: 'harmless',
      },
    },
    leftOut: {
      'returns NaN': 'it returns nothing',
      'returns a wrong shape': 'it returns nothing',
      'returns a wrong type': 'it returns nothing',
      'disposes of its input': NO_TENSOR,
    },
  },
];
