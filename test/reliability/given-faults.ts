import { EMPTY, NEVER, Observable, throwError } from 'rxjs';
import { revoked } from './common-faults.js';
import { Sabotage } from './sabotage.js';

/** Something that a request may hold under a key, what it does, and how the run that is given it ends. */
export interface Given {
  readonly key: string;
  readonly does: string;
  /** Made anew for each run. */
  readonly value: () => unknown;
  /** `nothing`: the run gives what it would give alone; `early`: it ends before its last step, without an error. */
  readonly ends: 'refused' | 'failed' | 'timed out' | 'nothing' | 'early';
}

const broken = (): never => {
  throw new Sabotage('broken on purpose');
};
const throwing = (value: unknown) => (): never => {
  throw value;
};

/** Values that say nothing of themselves, and an error. */
const THROWN: readonly (readonly [string, unknown])[] = [
  ['an Error', new Sabotage('broken on purpose')],
  ['nothing', undefined],
  ['a symbol', Symbol('broken')],
  ['an object without a prototype', Object.create(null)],
  ['what cannot be looked at', revoked()],
];

/** What is no Observable. */
const NO_OBSERVABLE: readonly (readonly [string, unknown])[] = [
  ['a number', 3],
  ['a text', 'x'],
  ['nothing at all', null],
  ['a promise', Promise.resolve(3)],
  ['a list', [3]],
  ['an object', {}],
];

const given = (key: string, does: string, ends: Given['ends'], value: () => unknown): Given => ({
  key,
  does,
  ends,
  value,
});

/** What any Observable of a request may do wrong, whatever it is for. */
const streams = (key: string): Given[] => [
  ...NO_OBSERVABLE.map(([what, value]) => given(key, `is ${what}`, 'refused', () => value)),
  ...THROWN.flatMap(([what, value]) => [
    given(key, `fails with ${what}`, 'refused', () => throwError(() => value)),
    given(key, `throws ${what} when it is subscribed to`, 'refused', () => new Observable(throwing(value))),
    given(
      key,
      `fails with ${what} while the run goes`,
      'refused',
      () => new Observable((to) => void Promise.resolve().then(() => to.error(value))),
    ),
  ]),
  given(key, 'has a `subscribe` that throws', 'refused', () =>
    Object.assign(Object.create(EMPTY) as object, { subscribe: broken }),
  ),
  given(key, 'never emits', 'nothing', () => NEVER),
  given(key, 'ends at once', 'nothing', () => EMPTY),
  given(key, 'throws when it is unsubscribed from', 'nothing', () => new Observable(() => broken)),
];

const emits = (key: string, ends: Given['ends'], values: readonly (readonly [string, unknown])[]): Given[] =>
  values.map(([what, value]) => given(key, `emits ${what}`, ends, () => new Observable((to) => to.next(value))));

const NO_VALUES: readonly (readonly [string, unknown])[] = [
  ['nothing', undefined],
  ['null', null],
  ['a text', 'x'],
  ['a symbol', Symbol('broken')],
  ['a list', [2]],
  ['a promise', Promise.resolve(2)],
  ['what cannot be looked at', revoked()],
];
const method = (): undefined => undefined;

/** What a request to sample may hold. */
export const SAMPLE_GIVEN: readonly Given[] = [
  ...streams('guidance.scale'),
  ...emits('guidance.scale', 'refused', [...NO_VALUES, ['NaN', Number.NaN], ['infinity', Infinity]]),
  ...streams('swap$'),
  ...emits('swap$', 'refused', [
    ...NO_VALUES,
    ['a number', 3],
    ['a part of another role', { schedule: {} }],
    ['a number for a sampler', { sampler: 3 }],
    ['a sampler without methods', { sampler: {} }],
    ['a network without methods', { denoiser: {} }],
    ['a promise of guidance', { guidance: Promise.resolve({}) }],
    ['weights that are none', { parameters: { gain: 1 } }],
  ]),
  ...emits('swap$', 'failed', [
    ['a sampler that throws', { sampler: { init: broken, step: broken } }],
    ['a sampler that gives nothing', { sampler: { init: method, step: method } }],
    ['guidance that throws', { guidance: { branches: broken, init: broken, combine: broken } }],
    ['a network that throws', { denoiser: { info: {}, parameters: {}, predict: broken } }],
  ]),
];

const measuring = (does: string, ends: Given['ends'], measure: unknown): Given =>
  given('evaluate', does, ends, () => ({ every: 1, measure }));

/** What a request to train may hold. */
export const TRAIN_GIVEN: readonly Given[] = [
  ...streams('stop$'),
  ...emits('stop$', 'early', NO_VALUES),
  ...NO_OBSERVABLE.map(([what, value]) => given('evaluate', `is ${what}`, 'refused', () => value)),
  ...[0, -1, 0.5, Number.NaN, 'x', Infinity].map((every) =>
    given('evaluate', `is asked every ${every} updates`, 'refused', () => ({ every, measure: () => ({ loss: 1 }) })),
  ),
  measuring('has no function', 'refused', 3),
  ...THROWN.flatMap(([what, value]) => [
    measuring(`throws ${what}`, 'failed', throwing(value)),
    measuring(`rejects with ${what}`, 'failed', () => Promise.resolve().then(throwing(value))),
  ]),
  measuring('never resolves', 'timed out', () => new Promise(() => undefined)),
  ...NO_VALUES.map(([what, value]) => measuring(`gives ${what}`, 'failed', () => value)),
  measuring('gives texts', 'failed', () => ({ loss: 'x' })),
  measuring('gives promises', 'failed', () => ({ loss: Promise.resolve(1) })),
];
