import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Engine, TensorTree } from '../../src/core/contracts/engine.js';
import { DiffusionError } from '../../src/core/errors/diffusion-error.js';
import { outOfMemory } from '../../src/core/errors/out-of-memory.js';
import { engineLaws } from '../../src/testing/engine-laws.js';
import { refuseDisposed } from '../../src/core/tensors/refuse-disposed.js';
import { scoped } from '../../src/core/tensors/scoped.js';
import { allowTensors, liveTensors } from '../leak-guard.js';

/** The smallest engine that keeps the laws: tfjs's cpu backend, with a switch. */
function smallest(): Engine {
  let alive = false;
  const run = <T>(work: () => T): T => {
    if (!alive) throw new DiffusionError('RXD_ENGINE_UNAVAILABLE', { problem: 'not started', fix: 'start it' });
    try {
      return work();
    } catch (error) {
      throw outOfMemory(error, 'smallest') ?? error;
    }
  };
  return {
    name: 'smallest',
    backend: 'cpu',
    probe: () => Promise.resolve({ name: 'smallest', available: true, detail: 'here' }),
    start: () => Promise.resolve(void (alive = true)),
    run,
    compile: (work) => (input) => {
      refuseDisposed(input, 'smallest');
      return run(() => scoped(() => work(input)));
    },
    realize: () => Promise.resolve(),
    stop: () => Promise.resolve(void (alive = false)),
  };
}

/** The laws that an engine with some change breaks. */
async function brokenBy(change: (engine: Engine) => Partial<Engine>): Promise<string[]> {
  const make = (): Engine => ((engine) => ({ ...engine, ...change(engine) }))(smallest());
  const broken: string[] = [];
  for (const { check } of engineLaws({ make })) {
    try {
      await check();
    } catch (error) {
      broken.push(String(error));
    }
  }
  return broken;
}

/** Each number a little too large, as from a kernel that is slightly wrong. */
const skewed = ({ run }: Engine): Partial<Engine> => ({
  compile: (work) => (input) => run(() => scoped(() => larger(work(input)))),
});

function larger<T extends TensorTree>(tree: T): T {
  if (tree instanceof tf.Tensor) return tf.mul(tree, 1.001) as unknown as T;
  const entries = Object.entries(tree).map(([key, branch]) => [key, larger(branch)] as const);
  return (Array.isArray(tree) ? entries.map(([, branch]) => branch) : Object.fromEntries(entries)) as T;
}

describe('engineLaws', () => {
  let before = 0;
  beforeAll(async () => {
    await tf.setBackend('cpu');
    before = liveTensors();
  });
  // A law that is broken leaves what it was comparing.
  afterEach(() => {
    allowTensors(Math.max(0, liveTensors() - before));
    before = liveTensors();
  });

  it('lets the smallest engine pass', async () => {
    expect(await brokenBy(() => ({}))).toEqual([]);
    expect(liveTensors()).toBe(before);
  });

  it.each<[string, (engine: Engine) => Partial<Engine>]>([
    [
      'has the name of its engine',
      () => ({ probe: () => Promise.resolve({ name: '', available: true, detail: 'x' }) }),
    ],
    [
      'probe starts nothing',
      ({ start }) => ({ probe: () => start().then(() => ({ name: 'smallest', available: true, detail: 'x' })) }),
    ],
    ['run before start is RXD_ENGINE_UNAVAILABLE', () => ({ run: (work) => work() })],
    ['run after stop is RXD_ENGINE_UNAVAILABLE', () => ({ stop: () => Promise.resolve() })],
    ['run works on the backend', () => ({ backend: 'other' })],
    ['passes through run as it is', ({ run }) => ({ run: (work) => rewrapped(() => run(work)) })],
    [
      'refuses a disposed tensor',
      ({ run }) => ({ compile: (work) => (input) => run(() => scoped(() => work(input))) }),
    ],
    [
      'where memory runs out, RXD_ENGINE_FAILED says so',
      () => ({
        compile: (work) => (input) => {
          refuseDisposed(input, 'smallest');
          return scoped(() => work(input));
        },
      }),
    ],
    ['nothing is left but results', ({ run }) => ({ compile: (work) => (input) => run(() => work(input)) })],
    ['a compiled function gives what the plain one gives', skewed],
    ['agrees with the cpu backend', skewed],
    ['what changes is an argument', remembering],
  ])('finds out: %s', async (law, change) => {
    expect((await brokenBy(change)).join('\n')).toContain(law);
  });
});

function rewrapped<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new Error('wrapped', { cause: error });
  }
}

/** A cache that knows a call by its shapes only and replays its numbers. */
function remembering(engine: Engine): Partial<Engine> {
  return {
    compile: <I extends TensorTree, O extends TensorTree>(work: (input: I) => O) => {
      const compiled = engine.compile(work);
      let first: O | undefined;
      return (input: I): O => {
        first ??= compiled(input);
        return first instanceof tf.Tensor ? (first.clone() as unknown as O) : compiled(input);
      };
    },
  };
}
