import { DiffusionError } from '../errors/diffusion-error.js';
import { formatValue } from '../errors/format-value.js';
import { allFinite } from '../math/all-finite.js';
import type { PlainTensor, PlainTensors } from '../tensors/plain-tensor.js';

/** Gradients of some examples as plain data: they may cross threads and machines. */
export interface BatchGradients {
  /** The mean over the examples, for each of the weights. */
  readonly gradients: PlainTensors;
  /** Mean loss of the examples. */
  readonly loss: number;
  /** Means of the losses that the network adds, by name. */
  readonly losses: Readonly<Record<string, number>>;
  /** Number of examples. */
  readonly count: number;
}

/** Joins the gradients of a worker with those of the others: called in each update, between gradients and optimiser. */
export type JoinGradients = (own: BatchGradients, step: number) => BatchGradients | Promise<BatchGradients>;

/**
 * The gradients of several workers as one: their mean, weighted by examples and summed in doubles, in the order given. It
 * is what one worker with all of these examples computes, up to rounding.
 *
 * @throws DiffusionError `RXD_REQUEST_INVALID` where there are none, or names or shapes differ
 */
export function averageGradients(workers: readonly BatchGradients[]): BatchGradients {
  const [first] = workers;
  if (first === undefined) throw notAlike('no gradients', 'those of at least one worker');
  for (const other of workers) {
    const problem = unlike(other, first);
    if (problem !== undefined) throw notAlike(problem, 'gradients of the same weights from each worker');
  }
  const count = workers.reduce((sum, worker) => sum + worker.count, 0);
  const mean = (value: (worker: BatchGradients) => number): number =>
    workers.reduce((sum, worker) => sum + (worker.count / count) * value(worker), 0);
  const gradients = Object.entries(first.gradients).map(([name, { dtype, shape, data }]) => {
    const sums = new Float64Array(data.length);
    for (const worker of workers) addShare(sums, worker.gradients[name]?.data ?? data, worker.count / count);
    return [name, { dtype, shape, data: Float32Array.from(sums) }] as const;
  });
  const losses = Object.keys(first.losses).map((name) => [name, mean((worker) => worker.losses[name] ?? 0)] as const);
  return {
    gradients: Object.fromEntries(gradients),
    loss: mean(({ loss }) => loss),
    losses: Object.fromEntries(losses),
    count,
  };
}

/**
 * What `joinGradients` gave, if it is gradients of the same weights.
 *
 * @throws DiffusionError `RXD_PLUGIN_OUTPUT`
 */
export function checkedGradients(joined: BatchGradients, own: BatchGradients): BatchGradients {
  const problem = unlike(joined, own) ?? (areFinite(joined) ? undefined : 'a loss or gradient that is not finite');
  if (problem === undefined) return joined;
  throw new DiffusionError('RXD_PLUGIN_OUTPUT', {
    problem: '`joinGradients` did not give joined gradients',
    got: problem,
    expected: '{ gradients, loss, losses, count }, with the names and shapes of those that it was given',
    fix: 'return what `averageGradients` makes of the gradients of all workers',
  });
}

/** Whether loss and gradients are finite. */
export function areFinite({ gradients, loss, losses }: BatchGradients): boolean {
  const numbers = [loss, ...Object.values(losses)];
  return numbers.every(Number.isFinite) && Object.values(gradients).every(({ data }) => allFinite(data));
}

/** What makes these gradients of other weights than those; nothing where they are of the same. */
function unlike(given: BatchGradients, like: BatchGradients): string | undefined {
  const { gradients, loss, losses, count } = (given ?? {}) as Partial<BatchGradients>;
  if (typeof gradients !== 'object' || gradients === null) return `gradients ${formatValue(gradients)}`;
  if (!Number.isSafeInteger(count) || Number(count) < 1) return `count ${formatValue(count)}`;
  if (typeof loss !== 'number') return `loss ${formatValue(loss)}`;
  const name = differing(gradients, like.gradients);
  if (name !== undefined) return `${name}: ${formOf(gradients[name])} beside ${formOf(like.gradients[name])}`;
  const known = Object.keys(like.losses).toSorted().join();
  const isSame =
    Object.keys(losses ?? {})
      .toSorted()
      .join() === known;
  return isSame ? undefined : `losses ${formatValue(losses)}`;
}

function differing(given: PlainTensors, like: PlainTensors): string | undefined {
  const names = new Set([...Object.keys(like), ...Object.keys(given)]);
  return [...names].find((name) => formOf(given[name]) !== formOf(like[name]));
}

function formOf(tensor: PlainTensor | undefined): string {
  if (!(tensor?.data instanceof Float32Array)) return 'nothing';
  return `[${tensor.shape?.join(', ')}] with ${tensor.data.length} numbers`;
}

function addShare(sums: Float64Array, data: PlainTensor['data'], share: number): void {
  for (let i = 0; i < sums.length; i++) sums[i] = (sums[i] ?? 0) + share * (data[i] ?? 0);
}

function notAlike(got: string, expected: string): DiffusionError {
  return new DiffusionError('RXD_REQUEST_INVALID', {
    problem: 'these gradients cannot be averaged',
    got,
    expected,
    fix: 'let all workers train the same network, with the same plugins',
  });
}
