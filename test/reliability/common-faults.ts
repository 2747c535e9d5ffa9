import * as tf from '@tensorflow/tfjs';
import { longer, nan } from './faults.js';
import { Sabotage, type Act } from './sabotage.js';

/** What can go wrong in any hook, whatever it is asked for. */
export interface CommonFault {
  readonly does: string;
  readonly act: Act;
  /** Only where a hook may give a promise, or only where it may not. */
  readonly only?: 'async' | 'sync';
  /** The code of the error; where absent, a typed error or a run that does not see it. */
  readonly code?: RegExp;
}

type Change = (value: unknown) => unknown;

/** A value, what changes in records and lists within. Three levels deep; what is no plain record stays as it is. */
function changed(value: unknown, change: Change, depth = 3): unknown {
  if (isLeaf(value)) return change(value);
  if (depth === 0 || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((one) => changed(one, change, depth - 1));
  if (!isPlain(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, changed(one, change, depth - 1)]));
}

const isTensor = (value: unknown): value is tf.Tensor => value instanceof tf.Tensor;
const isLeaf = (value: unknown): boolean => isTensor(value) || ArrayBuffer.isView(value) || typeof value === 'number';
const isPlain = (value: object): boolean => Object.getPrototypeOf(value) === Object.prototype;

const later =
  (change: Change): Act =>
  ({ honest }) => {
    const given = honest();
    return given instanceof Promise ? given.then(change) : change(given);
  };
const leaves = (change: Change): Act => later((given) => changed(given, change));

const toNaN: Change = (value) => {
  if (isTensor(value)) return nan(value);
  if (ArrayBuffer.isView(value)) return value instanceof Float64Array ? value.map(() => NaN) : Float32Array.of(NaN);
  return Number.NaN;
};
const toLonger: Change = (value) => {
  if (isTensor(value)) return value.rank === 0 ? tf.stack([value, value]) : longer(value);
  return ArrayBuffer.isView(value) ? (value as Uint8Array).subarray(1) : value;
};
const toIntegers: Change = (value) => {
  if (isTensor(value)) return tf.cast(value, value.dtype === 'int32' ? 'float32' : 'int32');
  return ArrayBuffer.isView(value) ? Int32Array.from(value as Uint8Array) : value;
};

/** Calls back with what is in a hook's arguments, after its work. */
const meddling =
  (leaf: (value: unknown) => void, record: (value: object) => void = () => undefined): Act =>
  ({ args, honest }) => {
    const given = honest();
    const look = (value: unknown, depth: number): void => {
      if (isLeaf(value)) return leaf(value);
      if (depth === 0 || typeof value !== 'object' || value === null) return;
      if (!isPlain(value) && !Array.isArray(value)) return;
      for (const one of Object.values(value)) look(one, depth - 1);
      record(value);
    };
    for (const arg of args) look(arg, 3);
    return given;
  };
const write = (value: unknown): void => {
  if (isTensor(value)) value.dataSync().fill(9);
  else if (ArrayBuffer.isView(value)) (value as Float32Array).fill(9);
};
const overwrite = (value: object): void => {
  for (const key of Object.keys(value)) if (typeof Reflect.get(value, key) === 'number') Reflect.set(value, key, 9);
};

const FAILED = /^RXD_PLUGIN_FAILED$/;
const OUTPUT = /^RXD_PLUGIN_OUTPUT$/;
const throws = (what: string, value: unknown): CommonFault => ({
  does: `throws ${what}`,
  code: FAILED,
  act: () => {
    throw value;
  },
});

/** An object that throws whatever is asked of it. */
export function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

/** Every fault that can be tried at every hook without knowing what it does. */
export const COMMON_FAULTS: readonly CommonFault[] = [
  throws('an Error', new Sabotage('broken on purpose')),
  throws('an object without a prototype', Object.create(null)),
  throws('a symbol', Symbol('broken')),
  throws('nothing', undefined),
  throws('what cannot be made a text', {
    toString: () => {
      throw new Error('no text');
    },
  }),
  throws('what cannot be looked at', revoked()),
  { does: 'rejects', only: 'async', code: FAILED, act: () => Promise.reject(new Sabotage('rejected')) },
  { does: 'rejects although synchronous', only: 'sync', code: OUTPUT, act: () => Promise.reject(new Sabotage('no')) },
  { does: 'returns a promise', only: 'sync', code: OUTPUT, act: ({ honest }) => Promise.resolve(honest()) },
  { does: 'never resolves', only: 'async', code: /^RXD_PLUGIN_TIMEOUT$/, act: () => new Promise(() => undefined) },
  { does: 'returns undefined', act: later(() => undefined) },
  { does: 'returns null', act: later(() => null) },
  { does: 'returns NaN', act: leaves(toNaN) },
  { does: 'returns a wrong shape', act: leaves(toLonger) },
  { does: 'returns another dtype', act: leaves(toIntegers) },
  { does: 'disposes of its input', act: meddling((value) => void (isTensor(value) && value.dispose())) },
  { does: 'writes into its input', act: meddling(write, overwrite) },
];
