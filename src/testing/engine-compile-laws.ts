import * as tf from '@tensorflow/tfjs';
import type { Engine } from '../core/contracts/engine.js';
import { DiffusionError } from '../core/errors/diffusion-error.js';
import { groupNorm } from '../core/kernels/group-norm.js';
import { scoped } from '../core/tensors/scoped.js';
import { lawsOf } from './broken-law.js';
import { relativeGap, waves } from './engine-numbers.js';
import { started, type EngineLaw } from './engine-law.js';

const holds = lawsOf('engines');

/** Milliseconds after which a promise counts as one that hangs. */
const PATIENCE = 20_000;

interface Making {
  readonly make: () => Engine | Promise<Engine>;
}

/** Laws of compiled functions, of memory, and of what goes wrong while an engine computes. */
export function compileLaws({ make }: Making): readonly EngineLaw[] {
  return [
    { law: 'compiled functions take and give trees of tensors', check: () => started(make, trees) },
    { law: 'a compiled function gives what the plain one gives, for every shape', check: () => started(make, plain) },
    { law: 'arguments of a compiled function may change from call to call', check: () => started(make, changing) },
    { law: 'nothing is left but results', check: () => started(make, leavesResults) },
    { law: 'an error in a compiled function passes through, and leaves nothing', check: () => started(make, passes) },
    { law: 'a disposed tensor is an error, and the engine works afterwards', check: () => started(make, disposed) },
    {
      law: 'a result that memory has no room for is an error, and the engine works afterwards',
      check: () => started(make, full),
    },
    { law: 'a stop while work is under way hangs nothing', check: () => stopsAtWork(make) },
  ];
}

async function trees(engine: Engine): Promise<void> {
  const work = engine.compile(({ a, list }: { a: tf.Tensor; list: readonly tf.Tensor[] }) => ({
    sum: tf.addN([a, ...list]),
    nested: { twice: tf.mul(a, 2) },
  }));
  const input = engine.run(() => ({ a: tf.tensor1d([1, 2]), list: [tf.tensor1d([3, 4]), tf.tensor1d([5, 6])] }));
  for (const round of [1, 2]) {
    const { sum, nested } = work(input);
    await engine.realize([sum, nested.twice]);
    const seen = [await sum.data(), await nested.twice.data()].map((values) => values.join());
    holds(
      seen.join(';') === '9,12;2,4',
      `compiled functions take and give trees (call ${round} gave ${seen.join(';')})`,
    );
    tf.dispose([sum, nested.twice]);
  }
  tf.dispose([input.a, ...input.list]);
}

/** Normalises, squares and sums: an output, and a gradient through one of our kernels. */
function normalised(x: tf.Tensor): { value: tf.Tensor; slope: tf.Tensor } {
  const weight = tf.ones([4]);
  const value = (input: tf.Tensor): tf.Tensor => tf.square(groupNorm(input, weight, weight, 2, 1e-5));
  return { value: value(x), slope: tf.grad((input: tf.Tensor) => tf.sum(tf.mul(value(input), x)))(x) };
}

async function plain(engine: Engine): Promise<void> {
  const compiled = engine.compile(normalised);
  for (const shape of [
    [2, 4, 4],
    [1, 4, 4],
    [2, 4, 4],
    [3, 2, 2, 4],
  ]) {
    const x = engine.run(() => waves(shape, shape.length));
    const [ours, theirs] = [compiled(x), engine.run(() => scoped(() => normalised(x)))];
    for (const key of ['value', 'slope'] as const) {
      const gap = relativeGap(await ours[key].data(), await theirs[key].data());
      holds(gap <= 1e-5, `a compiled function gives what the plain one gives (${key} of [${shape.join()}]: ${gap})`);
    }
    tf.dispose([x, ours.value, ours.slope, theirs.value, theirs.slope]);
  }
}

async function changing(engine: Engine): Promise<void> {
  const power = engine.compile(({ x, by }: { x: tf.Tensor; by: tf.Tensor }) => tf.mul(x, tf.add(by, 1)));
  for (const by of [1, 2, 5]) {
    const input = engine.run(() => ({ x: tf.tensor1d([by, 1]), by: tf.scalar(by) }));
    const y = power(input);
    holds((await y.data()).join() === [by * (by + 1), by + 1].join(), `what changes is an argument (${by})`);
    tf.dispose([input.x, input.by, y]);
  }
}

async function leavesResults(engine: Engine): Promise<void> {
  const x = engine.run(() => waves([2, 4, 4, 4], 1));
  const work = engine.compile(normalised);
  const once = async (): Promise<void> => {
    const { value, slope } = work(x);
    await engine.realize([value, slope]);
    await slope.data();
    tf.dispose([value, slope]);
  };
  await once();
  const before = { ...counts(), held: engine.run(() => tf.backend().numDataIds()) };
  for (let round = 0; round < 3; round++) await once();
  const after = { ...counts(), held: engine.run(() => tf.backend().numDataIds()) };
  holds(
    JSON.stringify(after) === JSON.stringify(before),
    `nothing is left but results (${JSON.stringify({ before, after })})`,
  );
  x.dispose();
}

const counts = (): object => {
  const { numTensors, numDataBuffers } = tf.engine().state;
  return { numTensors, numDataBuffers };
};

async function passes(engine: Engine): Promise<void> {
  const x = engine.run(() => tf.ones([2, 2]));
  const before = counts();
  const error = new Error('at work');
  const work = engine.compile((input: tf.Tensor): tf.Tensor => {
    tf.add(input, input);
    throw error;
  });
  holds((await outcomeOf(() => work(x))) === error, 'an error of the function passes through compile as it is');
  holds(JSON.stringify(counts()) === JSON.stringify(before), 'a function that throws leaves nothing');
  x.dispose();
}

/** Four terabytes. */
async function full(engine: Engine): Promise<void> {
  const x = engine.run(() => tf.ones([2 ** 20, 1]));
  const before = tf.memory().numTensors;
  const square = engine.compile((column: tf.Tensor2D) => tf.matMul(column, tf.transpose(column)));
  const made: tf.Tensor[] = [];
  const said = await outcomeOf(() => {
    const y = square(x as tf.Tensor2D);
    made.push(y);
    return y;
  });
  tf.dispose(made);
  const typed = said instanceof DiffusionError && said.code === 'RXD_ENGINE_FAILED';
  holds(typed, `where memory runs out, RXD_ENGINE_FAILED says so (${String(said)})`);
  holds(tf.memory().numTensors === before, 'work that memory has no room for leaves nothing');
  const y = engine.run(() => tf.tidy(() => tf.sum(tf.add(x, 1))));
  holds((await y.data()).join() === String(2 ** 21), 'the engine works after memory ran out');
  tf.dispose([x, y]);
}

async function disposed(engine: Engine): Promise<void> {
  const gone = engine.run(() => tf.ones([2]));
  gone.dispose();
  const compiled = engine.compile((x: tf.Tensor) => tf.add(x, 1));
  const said = await outcomeOf(() => compiled(gone));
  holds(
    said instanceof DiffusionError,
    `a compiled function refuses a disposed tensor by a DiffusionError (${String(said)})`,
  );
  const inPlain = await outcomeOf(() => engine.run(() => tf.tidy(() => tf.add(gone, 1))));
  holds(inPlain instanceof Error, 'an operation on a disposed tensor throws');
  const x = engine.run(() => tf.ones([2]));
  const y = compiled(x);
  holds((await y.data()).join() === '2,2', 'the engine works after an error');
  tf.dispose([x, y]);
}

async function stopsAtWork(make: Making['make']): Promise<void> {
  const engine = await make();
  await engine.start();
  const work = engine.compile(normalised);
  const x = engine.run(() => waves([2, 8, 8, 4], 1));
  const { value, slope } = work(x);
  const ends = Promise.allSettled([engine.realize([value, slope]), engine.stop(), value.data()]);
  holds((await Promise.race([ends, late()])) !== 'late', 'a stop while work is under way hangs nothing');
  tf.dispose([x, value, slope]);
  await engine.start();
  const again = engine.run(() => waves([2, 4, 4], 1));
  const result = work(again);
  holds((await result.value.data()).every(Number.isFinite), 'an engine that was stopped at work starts again');
  tf.dispose([again, result.value, result.slope]);
  await engine.stop();
}

const late = (): Promise<'late'> =>
  new Promise((resolve) => {
    const timer: unknown = setTimeout(() => resolve('late'), PATIENCE);
    // Node would wait for the timer before it ends; browsers give a number.
    if (typeof timer === 'object' && timer !== null && 'unref' in timer) (timer as { unref(): void }).unref();
  });

/** What work throws, or its result rejects with when it is read. */
async function outcomeOf(work: () => tf.Tensor): Promise<unknown> {
  try {
    const result = work();
    await result.data();
    result.dispose();
  } catch (error) {
    return error;
  }
  return undefined;
}
