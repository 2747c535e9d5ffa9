import * as tf from '@tensorflow/tfjs';
import type { Denoiser } from '../core/contracts/denoiser.js';
import type { Engine } from '../core/contracts/engine.js';
import { DiffusionError } from '../core/errors/diffusion-error.js';
import { lawsOf } from './broken-law.js';
import { agreementLaws, type Tolerances } from './engine-agreement.js';
import { compileLaws } from './engine-compile-laws.js';
import { started, type EngineLaw } from './engine-law.js';

const holds = lawsOf('engines');

/** How `engineLaws` asks. */
export interface EngineCase {
  /** Makes a new engine, not yet started; the laws make several. */
  readonly make: () => Engine | Promise<Engine>;
  /** Tiny networks whose outputs and gradients are compared with those of tfjs's cpu backend, by name. */
  readonly networks?: Readonly<Record<string, () => Denoiser | Promise<Denoiser>>>;
  /** An engine of another backend to stand beside this one; laws about two backends need it. */
  readonly beside?: () => Engine | Promise<Engine>;
  /** False where values can only be read by `await tensor.data()`, as on WebGPU; true where absent. */
  readonly readsAtOnce?: boolean;
  /** Largest relative gaps to the cpu backend, where the device is allowed more: sines of WebGPU are good to 2^-11. */
  readonly tolerances?: Tolerances;
}

/**
 * The laws of the engine contract, each a name and a check that rejects where the law is broken: life (probe, start,
 * run, stop, restart, two engines side by side), compiled functions, memory, errors, and agreement with tfjs's own cpu
 * backend (relative to the largest number: 1e-5 forward, 1e-4 gradients) of kernels and networks. Each check makes its
 * own engines and stops them; the cpu backend has to be current, and is again afterwards.
 *
 * @example
 * it.each(engineLaws({ make: () => mine.create({ config: {} }) }))('$law', ({ check }) => check());
 */
export function engineLaws(engineCase: EngineCase): readonly EngineLaw[] {
  return [...lifeLaws(engineCase), ...besideLaws(engineCase), ...compileLaws(engineCase), ...agreementLaws(engineCase)];
}

const current = (): string | undefined => tf.engine().backendName;
const unavailable = (error: unknown): boolean =>
  error instanceof DiffusionError && error.code === 'RXD_ENGINE_UNAVAILABLE';

function lifeLaws({ make }: EngineCase): readonly EngineLaw[] {
  return [
    {
      law: 'probe reports and starts nothing',
      check: async () => {
        const engine = await make();
        const report = await engine.probe();
        holds(report.name === engine.name && report.detail !== '', 'a report has the name of its engine and a detail');
        holds(unavailable(failureOf(() => engine.run(() => 1))), 'probe starts nothing');
      },
    },
    {
      law: 'start is idempotent, also at once, and leaves the current backend alone',
      check: async () => {
        const before = current();
        const engine = await make();
        const starting = Promise.all([engine.start(), engine.start()]);
        holds(current() === before, 'the current backend stays while an engine starts');
        await starting;
        await engine.start();
        holds(current() === before, 'the current backend stays when an engine has started');
        holds(engine.run(() => 1) === 1, 'a started engine runs');
        await engine.stop();
      },
    },
    {
      law: 'run works on its backend and gives the former one back, also after an error',
      check: () =>
        started(make, (engine) => {
          const before = current();
          holds(engine.run(current) === engine.backend, 'run works on the backend of its engine');
          holds(current() === before, 'run gives the former backend back');
          const error = new Error('at work');
          const thrown = failureOf(() => engine.run(() => fail(error)));
          holds(thrown === error, 'an error of the work passes through run as it is');
          holds(current() === before, 'run gives the former backend back after an error');
        }),
    },
    {
      law: 'work is refused before the start and after the stop, and an engine starts again',
      check: async () => {
        const engine = await make();
        holds(unavailable(failureOf(() => engine.run(() => 1))), 'run before start is RXD_ENGINE_UNAVAILABLE');
        const double = engine.compile((x: tf.Tensor) => tf.add(x, x));
        for (const round of ['first', 'second']) {
          await engine.start();
          const [x, y] = engine.run(() => ((one) => [one, double(one)] as const)(tf.scalar(1)));
          holds((await y.data())[0] === 2, `work is done after the ${round} start`);
          tf.dispose([x, y]);
          await engine.stop();
          await engine.stop();
          holds(unavailable(failureOf(() => engine.run(() => 1))), 'run after stop is RXD_ENGINE_UNAVAILABLE');
        }
      },
    },
  ];
}

function besideLaws({ make, beside, readsAtOnce = true }: EngineCase): readonly EngineLaw[] {
  const nested = (others: typeof make) => (): Promise<void> =>
    started(make, (engine) =>
      started(others, (other) => {
        const seen = engine.run(() => [current(), other.run(current), engine.run(current), current()]);
        const wanted = [engine.backend, other.backend, engine.backend, engine.backend];
        holds(seen.join() === wanted.join(), `runs may nest (${seen.join()})`);
      }),
    );
  const stands: EngineLaw = {
    law: 'the stop of one instance leaves another at work',
    check: () =>
      started(make, async (engine) => {
        await started(make, () => undefined);
        holds(engine.run(() => 1) === 1, 'the stop of one instance leaves another at work');
      }),
  };
  const takes: EngineLaw = {
    law: 'tensors of other backends are taken, and its own are taken there',
    check: () =>
      started(make, async (engine) => {
        const x = tf.tensor1d([1, 2, 3]);
        const y = engine.run(() => tf.mul(x, 2));
        await engine.realize([y]);
        const z = readsAtOnce ? tf.add(y, x) : engine.run(() => tf.add(y, x));
        holds((await z.data()).join() === '3,6,9', 'tensors may go from one backend to another');
        tf.dispose([x, y, z]);
      }),
  };
  return [
    { law: 'runs nest: its own, and those of another instance', check: nested(make) },
    ...(beside ? [{ law: 'runs nest: those of an engine of another backend', check: nested(beside) }] : []),
    stands,
    takes,
  ];
}

function fail(error: Error): never {
  throw error;
}

function failureOf(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}
