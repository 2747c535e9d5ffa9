import * as tf from '@tensorflow/tfjs';
import { Sabotage, type Act } from './sabotage.js';

/** What can go wrong in a hook. */
export const FAULTS = [
  'throws an Error',
  'throws what is no Error',
  'rejects',
  'returns NaN',
  'returns a wrong shape',
  'returns a wrong type',
  'disposes of its input',
  'changes its plain input',
] as const;

export type Fault = (typeof FAULTS)[number];

/** What a fault does, and how it shows where that is not: an error that names the plugin and the hook's step. */
export interface Trial {
  readonly act: Act;
  /** `harmless`: the run goes on, and every byte of it is as it would have been. */
  readonly outcome?: 'error' | 'harmless';
  /** The role that the error names, where the one at fault cannot be known. */
  readonly blamed?: string;
  /** The step that the error names, where it is another. */
  readonly step?: number | undefined;
  /** Events that show the fault before the error comes; none where absent. */
  readonly blemished?: number;
}

/** One hook of one kind of plugin: what a run must survive, or why a fault makes no sense here. */
export interface Hook {
  /** `role.method`. */
  readonly name: string;
  /** The call that breaks, 0 for the first of a run. */
  readonly at: number;
  /** The step that the error must name; absent where the call belongs to no step. */
  readonly step?: number;
  /** True where the contract allows a promise. */
  readonly async?: true;
  readonly faults: Readonly<Partial<Record<Fault, Trial | Act>>>;
  /** Why the other faults are left out. */
  readonly leftOut?: Readonly<Partial<Record<Fault, string>>>;
}

const throwsText: Act = () => {
  const text: unknown = 'not an error, just text';
  throw text;
};

/** The trial of each fault of a hook. Throwing is tried everywhere. */
export function trialsOf(hook: Hook): (readonly [Fault, Trial])[] {
  const everywhere: Partial<Record<Fault, Act>> = {
    'throws an Error': () => {
      throw new Sabotage('broken on purpose');
    },
    'throws what is no Error': throwsText,
    ...(hook.async ? { rejects: () => Promise.reject(new Sabotage('rejected on purpose')) } : {}),
  };
  return FAULTS.flatMap((fault) => {
    const trial = hook.faults[fault] ?? everywhere[fault];
    if (trial === undefined) return [];
    return [[fault, typeof trial === 'function' ? { act: trial } : trial] as const];
  });
}

/** Faults of a hook that are neither tried nor left out for a reason. */
export function untold(hook: Hook): Fault[] {
  const tried = new Set(trialsOf(hook).map(([fault]) => fault));
  const synchronous: Fault[] = hook.async ? [] : ['rejects'];
  return FAULTS.filter((fault) => !tried.has(fault) && !synchronous.includes(fault) && !hook.leftOut?.[fault]);
}

/** What a hook was called with: no hook has more than four arguments. */
type Arguments = readonly [unknown, unknown, unknown, unknown];

/** Returns this instead of its result. */
export const returning =
  (value: unknown): Act =>
  () =>
    value;

/** Returns its result changed. */
export const changing =
  <T>(change: (result: T) => unknown): Act =>
  ({ honest }) =>
    change(honest() as T);

/** Works, and disposes of one tensor of its input. */
export const disposing =
  (pick: (args: Arguments) => unknown): Act =>
  ({ args, honest }) => {
    const result = honest();
    tf.dispose(pick(args as Arguments) as tf.Tensor);
    return result;
  };

/** Assigns to its input before it works. */
export const assigning =
  (pick: (args: Arguments) => unknown, values: object): Act =>
  ({ args, honest }) => {
    Object.assign(pick(args as Arguments) as object, values);
    return honest();
  };

/** A tensor of the same shape without a number in it. */
export const nan = (tensor: tf.Tensor): tf.Tensor => tf.fill(tensor.shape, Number.NaN);

/** A tensor with one row too many. */
export const longer = (tensor: tf.Tensor): tf.Tensor => tf.tidy(() => tf.concat([tensor, tensor.slice(0, 1)], 0));

/** What a noise source may do wrong in any draw, of a sampling run or of a training run. */
export const DRAW_FAULTS: Hook['faults'] = {
  'returns NaN': changing((draw: Float64Array) => draw.fill(Number.NaN)),
  'returns a wrong shape': changing((draw: Float64Array) => draw.subarray(1)),
  'returns a wrong type': returning(undefined),
  'changes its plain input': {
    act: ({ args, honest }) => {
      const draw = honest();
      Object.assign(args[0] as object, { seed: 0, step: 0, purpose: 'other' });
      return draw;
    },
    outcome: 'harmless',
  },
};
