import type * as tf from '@tensorflow/tfjs';
import { assigning, changing, disposing, DRAW_FAULTS, longer, nan, returning, type Hook } from './faults.js';

type State = { readonly x: tf.Tensor };
type Tensors = Readonly<Record<string, tf.Tensor>>;
type Combined = readonly [state: object, result: Readonly<Record<'denoised' | 'noise', tf.Tensor>>];

const NO_TENSOR = 'its input holds no tensor';
const NUMBERS_IN = 'its input is numbers, which it cannot change';
const ONE_NUMBER = 'its result has no shape';
const level = { alpha: 9, sigma: 9, lambda: 9 };

/** Every hook that a sampling run of four steps calls. Its third step is broken, or what comes before the first. */
export const SAMPLING_HOOKS: readonly Hook[] = [
  {
    name: 'denoiser.predict',
    at: 2,
    step: 2,
    faults: {
      'returns NaN': changing(nan),
      'returns a wrong shape': changing(longer),
      'returns a wrong type': changing((output: tf.Tensor) => output.toInt()),
      'disposes of its input': { act: disposing(([, x]) => x), outcome: 'harmless' },
    },
    leftOut: { 'changes its plain input': 'its input is tensors' },
  },
  {
    name: 'sampler.init',
    at: 0,
    faults: {
      'returns NaN': { act: changing(({ x }: State) => ({ x: nan(x) })), step: 0, blemished: 1 },
      'returns a wrong shape': changing(({ x }: State) => ({ x: longer(x) })),
      'returns a wrong type': returning(undefined),
      'disposes of its input': disposing(([x]) => x),
      'changes its plain input': assigning(([, ctx]) => (ctx as { levels: object[] }).levels[0], level),
    },
  },
  {
    name: 'sampler.step',
    at: 2,
    step: 2,
    faults: {
      'returns NaN': changing(({ x }: State) => ({ x: nan(x) })),
      'returns a wrong shape': changing(({ x }: State) => ({ x: longer(x) })),
      'returns a wrong type': returning({ x: [1, 2] }),
      'disposes of its input': disposing(([state]) => (state as State).x),
      'changes its plain input': assigning(([, ctx]) => (ctx as { from: object }).from, level),
    },
  },
  {
    // What it asks for on this grid is known of the run before.
    name: 'guidance.branches',
    at: 2,
    step: 2,
    faults: {
      'returns a wrong type': returning('neither'),
      'changes its plain input': assigning(([at]) => at, level),
    },
    leftOut: {
      'returns NaN': 'it returns no number',
      'returns a wrong shape': ONE_NUMBER,
      'disposes of its input': NO_TENSOR,
    },
  },
  {
    name: 'guidance.combine',
    at: 2,
    step: 2,
    faults: {
      // What guidance makes of the network's estimates is the estimate: the run cannot tell the two apart.
      'returns NaN': {
        act: changing(([state, { denoised, noise }]: Combined) => [
          state,
          { denoised: nan(denoised), noise: nan(noise) },
        ]),
        blamed: 'denoiser',
      },
      'returns a wrong shape': changing(([state, { denoised, noise }]: Combined) => [
        state,
        { denoised: longer(denoised), noise },
      ]),
      'returns a wrong type': returning(undefined),
      'disposes of its input': disposing(([, ctx]) => (ctx as State).x),
      'changes its plain input': assigning(([, ctx]) => (ctx as { level: object }).level, level),
    },
  },
  {
    name: 'guidance.init',
    at: 0,
    faults: { 'returns a wrong type': returning(7) },
    leftOut: {
      'returns NaN': 'what it remembers is read by itself alone',
      'returns a wrong shape': 'what it remembers is read by itself alone',
      'disposes of its input': 'it has no input',
      'changes its plain input': 'it has no input',
    },
  },
  {
    name: 'conditioner.prepare',
    at: 0,
    faults: {
      // They are whole numbers: the network's answer is the first that shows it.
      'returns a wrong shape': returning({
        classLabels: { kind: 'numbers', data: Int32Array.of(1, 1, 1), shape: [3] },
      }),
      'returns a wrong type': returning({ classLabels: [1, 1] }),
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
    at: 0,
    faults: {
      'returns NaN': changing(({ classLabels }: Tensors) => ({ classLabels: nan(classLabels!) })),
      'returns a wrong shape': changing(({ classLabels }: Tensors) => ({ classLabels: longer(classLabels!) })),
      'returns a wrong type': returning({ classLabels: [1, 1] }),
    },
    leftOut: {
      'disposes of its input': 'its inputs are its own',
      'changes its plain input': 'it has tensors only',
    },
  },
  ...[
    { at: 0, before: 'the first step' },
    { at: 6, step: 2 },
  ].map(({ at, step }): Hook => ({
    name: 'parameterization.at',
    at,
    ...(step === undefined ? {} : { step }),
    faults: {
      'returns NaN': changing((reading: object) => ({ ...reading, inputScale: Number.NaN })),
      'returns a wrong type': returning(undefined),
      'changes its plain input': assigning(([from]) => from, level),
    },
    leftOut: { 'returns a wrong shape': ONE_NUMBER, 'disposes of its input': NO_TENSOR },
  })),
  ...[{ at: 1 }, { at: 6, step: 2 }].map(({ at, step }): Hook => ({
    name: 'noise.normal',
    at,
    ...(step === undefined ? {} : { step }),
    faults: DRAW_FAULTS,
    leftOut: { 'disposes of its input': NO_TENSOR },
  })),
  {
    name: 'grid.levels',
    at: 0,
    faults: {
      'returns NaN': changing((levels: object[]) => levels.map((one) => ({ ...one, sigma: Number.NaN }))),
      'returns a wrong shape': returning([]),
      'returns a wrong type': returning(undefined),
      'changes its plain input': assigning(([schedule]) => schedule, { tMax: 3 }),
    },
    leftOut: { 'disposes of its input': NO_TENSOR },
  },
  {
    name: 'schedule.at',
    at: 2,
    faults: {
      'returns NaN': changing((one: object) => ({ ...one, alpha: Number.NaN })),
      'returns a wrong type': returning(undefined),
    },
    leftOut: {
      'returns a wrong shape': ONE_NUMBER,
      'disposes of its input': NO_TENSOR,
      'changes its plain input': NUMBERS_IN,
    },
  },
];

/** The hook of what comes after sampling. */
export const IMAGE_HOOKS: readonly Hook[] = [
  {
    name: 'postProcessor.process',
    at: 0,
    async: true,
    faults: {
      'returns NaN': changing((batch: { data: Float32Array }) => ({ ...batch, data: batch.data.fill(Number.NaN) })),
      'returns a wrong shape': changing((batch: object) => ({ ...batch, shape: [7, 7, 1, 1] })),
      'returns a wrong type': returning(undefined),
      'changes its plain input': {
        act: ({ args, honest }) => {
          const result = honest();
          (args[0] as { data: Float32Array }).data.fill(9);
          return result;
        },
        outcome: 'harmless',
      },
    },
    leftOut: { 'disposes of its input': NO_TENSOR },
  },
];
