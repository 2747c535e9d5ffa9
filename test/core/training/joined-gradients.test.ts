import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Denoiser } from '../../../src/core/contracts/denoiser.js';
import { Cancellation } from '../../../src/core/loop/cancellation.js';
import { averageGradients, type BatchGradients } from '../../../src/core/training/batch-gradients.js';
import { addNoiseToBatch, type NoisyBatch } from '../../../src/core/training/noisy-batch.js';
import { advance, disposeFit, initFit, type Fit, type FitParts } from '../../../src/core/training/network-fit.js';
import { fitToData, type FitData } from '../../../src/core/training/fit-data.js';
import { batchOf } from '../../../src/core/training/batch-columns.js';
import { adamw } from '../../../src/plugins/optimizers/adamw.js';
import { dataIn } from '../../batch-parts.js';
import { noisy, noising, linearDenoiser, made, points, tinyFit } from './tiny-fit.js';

const denoiser = linearDenoiser();
beforeAll(() => tf.setBackend('cpu'));
afterAll(() => denoiser.dispose?.());

/** The share of a worker, drawn by itself. */
function shareOf(step: number, first: number, count: number, of: number): NoisyBatch {
  const data = dataIn(points(step, of)).slice(first * 3, (first + count) * 3);
  return addNoiseToBatch({ ...batchOf(data, [count, 3]), share: { first, of } }, step, noising);
}

async function trained(fit: Fit, updates: number, batch: (step: number) => NoisyBatch): Promise<FitData> {
  let state = initFit(fit, denoiser.parameters);
  for (let step = 0; step < updates; step++) ({ state } = await advance(fit, state, batch(step)));
  const data = await fitToData(fit, state);
  disposeFit(state);
  return data;
}

/** Lets workers wait for one another, and gives each the mean. */
function meeting(workers: number): (index: number) => (own: BatchGradients) => Promise<BatchGradients> {
  let come: BatchGradients[] = [];
  let waiting: ((joined: BatchGradients) => void)[] = [];
  return (index) => (own) =>
    new Promise((resolve) => {
      come[index] = own;
      waiting.push(resolve);
      if (waiting.length < workers) return;
      for (const give of waiting) give(averageGradients(come));
      [come, waiting] = [[], []];
    });
}

/** Largest difference between any two numbers of weights, optimiser and average. */
function apart(a: FitData | undefined, b: FitData | undefined): number {
  const numbers = (data: FitData | undefined): number[] =>
    [data?.parameters, data?.optimizer, data?.average].flatMap((set) =>
      Object.keys(set ?? {})
        .toSorted()
        .flatMap((name) => [...(set?.[name]?.data ?? [])]),
    );
  const [one, other] = [numbers(a), numbers(b)];
  expect(one.length).toBe(other.length);
  return Math.max(...one.map((value, i) => Math.abs(value - (other[i] ?? Number.NaN))));
}

describe('workers with a share each', () => {
  it.each([
    [1, [6, 6]],
    [2, [6, 6]],
    [1, [8, 4]],
    [1, [5, 4, 3]],
  ] as const)('train what one with all trains: accumulate %i, shares %j', async (accumulate, shares) => {
    const parts = { optimizer: made(adamw, { learningRate: 0.02, accumulate }) };
    const whole = await trained(tinyFit(denoiser, parts), 24, (step) => noisy(step, 12));
    const meet = meeting(shares.length);
    const workers = await Promise.all(
      shares.map((count, index) => {
        const first = shares.slice(0, index).reduce((sum, one) => sum + one, 0);
        const fit = tinyFit(denoiser, { ...parts, joinGradients: meet(index) });
        return trained(fit, 24, (step) => shareOf(step, first, count, 12));
      }),
    );
    for (const worker of workers) expect(worker).toEqual(workers[0]);
    console.log(`${shares.length} workers, accumulate ${accumulate}: ${apart(whole, workers[0])} from one`);
    expect(apart(whole, workers[0])).toBeLessThan(1e-6);
  });

  it('alone, by halves, train what the one call trains', async () => {
    const whole = await trained(tinyFit(denoiser), 5, noisy);
    const halves = await trained(tinyFit(denoiser, { joinGradients: (own) => own }), 5, noisy);
    expect(halves).toEqual(whole);
  });
});

describe('joinGradients', () => {
  const boom = (): never => {
    throw new Error('no network');
  };
  const wrong: [string, string, Required<Pick<FitParts, 'joinGradients'>>['joinGradients']][] = [
    ['throws', 'RXD_PLUGIN_FAILED', boom],
    ['rejects', 'RXD_PLUGIN_FAILED', () => Promise.reject(new Error('no network'))],
    ['gives nothing', 'RXD_PLUGIN_OUTPUT', () => undefined as never],
    ['forgets a weight', 'RXD_PLUGIN_OUTPUT', (own) => ({ ...own, gradients: {} })],
    ['gives NaN', 'RXD_PLUGIN_OUTPUT', (own) => ({ ...own, loss: Number.NaN })],
    ['counts nobody', 'RXD_PLUGIN_OUTPUT', (own) => ({ ...own, count: 0 })],
  ];

  it.each(wrong)('that %s is %s, leaks nothing and leaves the state', async (_, code, joinGradients) => {
    const fit = tinyFit(denoiser, { joinGradients });
    const state = initFit(fit, denoiser.parameters);
    const alive = tf.memory().numTensors;
    await expect(advance(fit, state, noisy(0))).rejects.toMatchObject({
      code,
      plugin: 'fit/joinGradients',
      step: 0,
    });
    expect(tf.memory().numTensors).toBe(alive);
    expect((await fitToData(fit, state)).step).toBe(0);
    disposeFit(state);
  });

  it('holds no tensor while others are waited for, and a cancelled run waits no longer', async () => {
    let waited: (() => void) | undefined;
    const reached = new Promise<void>((resolve) => (waited = resolve));
    const fit = tinyFit(denoiser, {
      joinGradients: () => {
        waited?.();
        return new Promise(() => undefined);
      },
    });
    const state = initFit(fit, denoiser.parameters);
    const alive = tf.memory().numTensors;
    const cancellation = new Cancellation();
    const update = advance(fit, state, noisy(0), cancellation);
    await reached;
    expect(tf.memory().numTensors).toBe(alive);
    cancellation.cancel();
    await expect(update).rejects.toMatchObject({ code: 'RXD_ABORTED' });
    expect(tf.memory().numTensors).toBe(alive);
    disposeFit(state);
  });

  it('is averaged of gradients of the same weights only', async () => {
    const one: BatchGradients = { gradients: {}, loss: 1, losses: {}, count: 1 };
    expect(averageGradients([one, { ...one, loss: 4, count: 2 }])).toMatchObject({ loss: 3, count: 3 });
    const refused = expect.objectContaining({ code: 'RXD_REQUEST_INVALID' }) as Error;
    expect(() => averageGradients([])).toThrow(refused);
    expect(() => averageGradients([one, { ...one, losses: { more: 1 } }])).toThrow(refused);
  });
});

describe('a network with losses of its own', () => {
  const with_ = (more: (weight: tf.Tensor, x: tf.Tensor) => object): Denoiser => ({
    ...denoiser,
    predict: (parameters, x, ...rest) => {
      const output = denoiser.predict(parameters, x, ...rest) as tf.Tensor;
      return { output, ...more(parameters['dense.weight'] as tf.Tensor, x) };
    },
  });
  const decay = with_((weight, x) => ({
    losses: { decay: tf.mul(tf.mean(tf.square(weight)), 10), each: tf.mean(tf.square(x), 1) },
    auxiliary: { features: x },
  }));

  it('adds them to the objective, reports them by name, and learns from them', async () => {
    const plain = tinyFit(denoiser);
    const first = await advance(plain, initFit(plain, denoiser.parameters), noisy(0));
    expect(first).not.toHaveProperty('losses');
    for (const parts of [
      {},
      { joinGradients: (own: BatchGradients) => own },
      { optimizer: made(adamw, { accumulate: 2 }) },
    ]) {
      const fit = tinyFit(decay, parts);
      const next = await advance(fit, initFit(fit, denoiser.parameters), noisy(0));
      const { losses = {} } = next;
      expect(Object.keys(losses)).toEqual(['decay', 'each']);
      expect(next.loss).toBeCloseTo(first.loss + (losses['decay'] ?? 0) + (losses['each'] ?? 0), 5);
      expect(next.gradientNorm).not.toBeCloseTo(first.gradientNorm, 3);
      disposeFit(next.state);
    }
    disposeFit(first.state);
  });

  it('hands the objective what else it gave', async () => {
    const fit = tinyFit(decay);
    const seen: string[] = [];
    const objective = {
      ...fit.objective,
      loss: (ctx: Parameters<typeof fit.objective.loss>[0]) => {
        seen.push(...Object.keys(ctx.auxiliary ?? {}));
        return fit.objective.loss(ctx);
      },
    };
    disposeFit((await advance(tinyFit(decay, { objective }), initFit(fit, denoiser.parameters), noisy(0))).state);
    expect(seen).toEqual(['features']);
  });

  it.each([
    ['is no tensor', () => ({ losses: { own: 3 } }), 'own'],
    ['has another shape', (_: tf.Tensor, x: tf.Tensor) => ({ losses: { own: x } }), 'own'],
    ['is not finite', () => ({ losses: { own: tf.scalar(Number.NaN) } }), 'own'],
    ['is beside no output', () => ({ output: undefined }), 'output'],
    ['is beside what is no tensor', () => ({ auxiliary: { features: 1 } }), 'features'],
  ] as const)('that %s is named', async (_, more, named) => {
    const fit = tinyFit(with_(more));
    const state = initFit(fit, denoiser.parameters);
    const alive = tf.memory().numTensors;
    const error = await advance(fit, state, noisy(0)).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'RXD_PLUGIN_OUTPUT', plugin: expect.stringContaining('denoiser') });
    expect((error as Error).message).toContain(named);
    expect(tf.memory().numTensors).toBe(alive);
    disposeFit(state);
  });
});
