import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Conditioner } from '../../../src/core/contracts/conditioning.js';
import { fitFromData, fitToData, type FitData } from '../../../src/core/training/fit-data.js';
import {
  advance,
  disposeFit,
  initFit,
  type Fit,
  type FitParts,
  type FitState,
} from '../../../src/core/training/network-fit.js';
import { adamw } from '../../../src/plugins/optimizers/adamw.js';
import { denoisingScoreMatching } from '../../../src/plugins/objectives/denoising-score-matching.js';
import { noisy, cpu, linearDenoiser, made, points, predicting, tinyFit } from './tiny-fit.js';
import type { NumbersColumn } from '../../../src/core/contracts/columns.js';
import { labelsIn } from '../../batch-parts.js';

/** Says nothing. */
const mute: Conditioner = { reads: [], prepare: () => ({}), prepareBatch: () => ({}), encode: () => ({}) };

const denoiser = linearDenoiser();
beforeAll(() => tf.setBackend('cpu'));
afterAll(() => denoiser.dispose?.());

const failure = (code: string, more: object = {}) => expect.objectContaining({ code, ...more }) as Error;

/** Advances through steps and gives the losses; the state stays the caller's. */
async function through(fit: Fit, start: FitState, until: number, count = 8): Promise<[FitState, number[]]> {
  const losses: number[] = [];
  let state = start;
  while (state.step < until) {
    const next = await advance(fit, state, noisy(state.step, count));
    losses.push(next.loss);
    ({ state } = next);
  }
  return [state, losses];
}

async function trained(fit: Fit, until: number, count = 8): Promise<FitData> {
  const [state] = await through(fit, initFit(fit, denoiser.parameters), until, count);
  const data = await fitToData(fit, state);
  disposeFit(state);
  return data;
}

describe('advance', () => {
  it('makes the loss fall and leaves the denoiser alone', async () => {
    const before = await denoiser.parameters['dense.weight']?.data();
    const objective = made(denoisingScoreMatching, { target: 'x0' });
    const fit = tinyFit(denoiser, { parameterization: predicting('x0'), objective });
    const [state, losses] = await through(fit, initFit(fit, denoiser.parameters), 150, 32);
    disposeFit(state);
    const mean = (some: number[]): number => some.reduce((sum, loss) => sum + loss, 0) / some.length;
    expect(mean(losses.slice(-20))).toBeLessThan(0.2 * mean(losses.slice(0, 5)));
    expect(await denoiser.parameters['dense.weight']?.data()).toEqual(before);
  });

  it('reports loss, gradient norm and learning rate, and counts', async () => {
    const fit = tinyFit(denoiser, { optimizer: made(adamw, { learningRate: 0.5, warmUp: 2 }) });
    const first = await advance(fit, initFit(fit, denoiser.parameters), noisy(0));
    expect(first).toMatchObject({ learningRate: 0.25, state: { step: 1 } });
    expect(first.loss).toBeGreaterThan(0);
    expect(first.gradientNorm).toBeGreaterThan(0);
    disposeFit(first.state);
  });

  it('has the gradient that differences of the loss give', async () => {
    const fit = tinyFit(denoiser);
    const state = initFit(fit, denoiser.parameters);
    const lossAt = async (shift: number): Promise<number> => {
      const weight = tf.tidy(() => tf.add(denoiser.parameters['dense.bias'] as tf.Tensor, shift));
      const moved = initFit(fit, { ...denoiser.parameters, 'dense.bias': weight });
      const next = await advance(fit, moved, noisy(0));
      disposeFit(next.state);
      weight.dispose();
      return next.loss;
    };
    const gradients: number[] = [];
    const spying = tinyFit(denoiser, {
      optimizer: {
        ...fit.optimizer,
        update: (gradient, ...rest) => {
          gradients.push(...(gradient['dense.bias']?.dataSync() ?? []));
          return fit.optimizer.update(gradient, ...rest);
        },
      },
    });
    disposeFit((await advance(spying, state, noisy(0))).state);
    const difference = ((await lossAt(0.01)) - (await lossAt(-0.01))) / 0.02;
    expect(gradients.reduce((sum, value) => sum + value, 0)).toBeCloseTo(difference, 3);
  });

  it('does with 2 micro-batches of 4 what it does with one batch of 8', async () => {
    const [whole, halves] = await Promise.all(
      [1, 2].map((accumulate) =>
        trained(tinyFit(denoiser, { optimizer: made(adamw, { learningRate: 0.02, accumulate }) }), 5),
      ),
    );
    for (const [name, { data }] of Object.entries(whole?.parameters ?? {})) {
      data.forEach((value, i) => expect(halves?.parameters[name]?.data[i]).toBeCloseTo(value, 6));
    }
    expect(halves?.parameters).not.toEqual(halves?.average);
  });

  it('averages the weights: a copy at first, then decay * old + (1 - decay) * new', async () => {
    const fit = tinyFit(denoiser, { average: { decay: (step) => (step === 0 ? 0 : 0.75) } });
    const [one, two] = [await trained(fit, 1), await trained(fit, 2)];
    expect(one.average).toEqual(one.parameters);
    const [old, fresh] = [one.average, two.parameters].map((set) => set?.['dense.bias']?.data[0] ?? Number.NaN);
    expect(two.average?.['dense.bias']?.data[0]).toBeCloseTo(0.75 * (old ?? 0) + 0.25 * (fresh ?? 0), 7);
  });

  it('keeps no average where none is asked for', async () => {
    const { average: _, ...parts } = tinyFit(denoiser);
    const data = await trained({ ...parts }, 1);
    expect(data.average).toBeUndefined();
  });

  it('gives a weight that the loss does not see no gradient', async () => {
    const unused = tf.ones([2]);
    const fit = tinyFit(denoiser, { optimizer: made(adamw, { weightDecay: 0 }) });
    const start = initFit(fit, { ...denoiser.parameters, unused });
    const { state } = await advance(fit, start, noisy(0));
    expect(Array.from((await state.parameters['unused']?.data()) ?? [])).toEqual([1, 1]);
    disposeFit(state);
    unused.dispose();
  });

  it('gives every micro-batch its own labels, and every example its dropout number', async () => {
    const seen: number[][] = [];
    const uniforms: number[] = [];
    const conditioner: Conditioner = {
      ...mute,
      prepareBatch: ({ label }, { count, uniform }) => {
        uniforms.push(...Array.from({ length: count }, (_, i) => uniform(i)));
        return { label: label as NumbersColumn };
      },
      encode: (_, { label }) => {
        seen.push([...(label?.dataSync() ?? [])]);
        return { classLabels: label! };
      },
    };
    const fit = tinyFit(denoiser, { conditioner, optimizer: made(adamw, { accumulate: 2 }) });
    disposeFit((await advance(fit, initFit(fit, denoiser.parameters), noisy(0))).state);
    expect(seen.flat()).toEqual([...labelsIn(points(0))]);
    expect(uniforms).toEqual([...noisy(0).dropout]);
    expect(seen).toHaveLength(2);
  });
});

describe('resume', () => {
  it('equals the uninterrupted run bit for bit, from every step', async () => {
    const fit = tinyFit(denoiser);
    const uninterrupted = await trained(fit, 6);
    for (let stop = 0; stop < 6; stop++) {
      const saved = await trained(fit, stop);
      const sorted = { ...saved, parameters: Object.fromEntries(Object.entries(saved.parameters).toReversed()) };
      const [state] = await through(fit, await fitFromData(fit, denoiser.parameters, sorted), 6);
      expect(await fitToData(fit, state)).toEqual(uninterrupted);
      disposeFit(state);
    }
  });

  it('refuses data that do not fit, by name, and leaves no tensor', async () => {
    const fit = tinyFit(denoiser);
    const saved = await trained(fit, 1);
    const mismatch = failure('RXD_PARAMETERS_MISMATCH');
    const from = (change: Partial<FitData>) => fitFromData(fit, denoiser.parameters, { ...saved, ...change });
    await expect(from({ optimizer: {} })).rejects.toThrow(mismatch);
    await expect(
      from({ parameters: { ...saved.parameters, more: { dtype: 'float32', shape: [1], data: new Float32Array(1) } } }),
    ).rejects.toThrow('more');
    await expect(from({ average: {} })).rejects.toThrow(mismatch);
    const { 'dense.bias': bias, ...others } = saved.parameters;
    const misshapen = { ...others, 'dense.bias': { ...bias!, shape: [1, 3] } };
    await expect(from({ parameters: misshapen })).rejects.toThrow('dense.bias');
  });

  it('refuses a network without weights', () => {
    expect(() => initFit(tinyFit(denoiser), {})).toThrow(failure('RXD_COMBINATION'));
  });
});

describe('a fault', () => {
  const boom = (): never => {
    throw new Error('boom');
  };
  const fit = tinyFit(denoiser);
  const { objective, optimizer, parameterization } = fit;
  const after = (value: unknown): never => {
    void value;
    return boom();
  };
  const conditioner: Conditioner = { ...mute, encode: boom };
  const faults: [string, string, Partial<FitParts>][] = [
    ['RXD_PLUGIN_FAILED', 'denoiser', { denoiser: { predict: (...args) => after(denoiser.predict(...args)) } }],
    ['RXD_PLUGIN_OUTPUT', 'denoiser', { denoiser: { predict: (_, x) => tf.concat([x, x], 1) } }],
    ['RXD_PLUGIN_FAILED', 'parameterization', { parameterization: { at: boom } }],
    [
      'RXD_PLUGIN_OUTPUT',
      'parameterization',
      { parameterization: { at: (at) => ({ ...parameterization.at(at), inputScale: 1 / 0 }) } },
    ],
    ['RXD_PLUGIN_FAILED', 'objective', { objective: { ...objective, coefficients: boom } }],
    ['RXD_PLUGIN_FAILED', 'objective', { objective: { ...objective, loss: (ctx) => after(objective.loss(ctx)) } }],
    [
      'RXD_PLUGIN_OUTPUT',
      'objective',
      { objective: { ...objective, loss: (ctx) => tf.log(tf.mul(-1, objective.loss(ctx))) } },
    ],
    [
      'RXD_PLUGIN_OUTPUT',
      'objective',
      { objective: { ...objective, loss: (ctx) => tf.mean(objective.loss(ctx)) as never } },
    ],
    ['RXD_PLUGIN_FAILED', 'optimizer', { optimizer: { ...optimizer, scalars: boom } }],
    ['RXD_PLUGIN_OUTPUT', 'optimizer', { optimizer: { ...optimizer, scalars: () => ({ stepSize: Number.NaN }) } }],
    [
      'RXD_PLUGIN_FAILED',
      'optimizer',
      { optimizer: { ...optimizer, update: (...args) => after(optimizer.update(...args)) } },
    ],
    [
      'RXD_PLUGIN_OUTPUT',
      'optimizer',
      { optimizer: { ...optimizer, update: (...args) => ({ ...optimizer.update(...args), parameters: {} }) } },
    ],
    ['RXD_PLUGIN_FAILED', 'average', { average: { decay: boom } }],
    ['RXD_PLUGIN_OUTPUT', 'average', { average: { decay: () => Number.NaN } }],
    ['RXD_PLUGIN_FAILED', 'conditioner', { conditioner }],
    ['RXD_REQUEST_INVALID', '', { optimizer: { ...optimizer, accumulate: 3 } }],
  ];

  it.each(faults)('is %s of %s, leaks nothing and leaves the state as it was (%#)', async (code, plugin, parts) => {
    const [state] = await through(fit, initFit(fit, denoiser.parameters), 1);
    const before = await fitToData(fit, state);
    const alive = tf.memory().numTensors;
    const blamed = { step: 1, ...(plugin === '' ? {} : { plugin: `${plugin}/(made by hand)` }) };
    await expect(advance(tinyFit(denoiser, parts), state, noisy(1))).rejects.toEqual(failure(code, blamed));
    expect(tf.memory().numTensors).toBe(alive);
    expect(await fitToData(fit, state)).toEqual(before);
    disposeFit(state);
  });

  it('of the engine frees what the step made', async () => {
    const lost = tinyFit(denoiser, { engine: { ...cpu, realize: () => Promise.reject(new Error('device lost')) } });
    const state = initFit(lost, denoiser.parameters);
    const alive = tf.memory().numTensors;
    await expect(advance(lost, state, noisy(0))).rejects.toThrow('device lost');
    expect(tf.memory().numTensors).toBe(alive);
    disposeFit(state);
  });

  it('of `init` leaks nothing', () => {
    const broken = tinyFit(denoiser, { optimizer: { ...optimizer, init: (set) => after(optimizer.init(set)) } });
    const alive = tf.memory().numTensors;
    expect(() => initFit(broken, denoiser.parameters)).toThrow(failure('RXD_PLUGIN_FAILED'));
    expect(tf.memory().numTensors).toBe(alive);
  });
});

describe('ownership', () => {
  it('lives with an optimiser that passes tensors through', async () => {
    const frozen = tinyFit(denoiser, {
      objective: made(denoisingScoreMatching),
      optimizer: {
        accumulate: 1,
        init: () => ({ constant: tf.scalar(3) }),
        scalars: () => ({}),
        learningRate: () => 0,
        update: (_, state, parameters) => ({ parameters, state, gradientNorm: tf.scalar(0) }),
      },
    });
    const alive = tf.memory().numTensors;
    const [state] = await through(frozen, initFit(frozen, denoiser.parameters), 3);
    expect(Array.from((await state.optimizer['constant']?.data()) ?? [])).toEqual([3]);
    disposeFit(state);
    expect(tf.memory().numTensors).toBe(alive);
  });

  it('keeps as many tensors alive after 20 updates as after 1', async () => {
    const fit = tinyFit(denoiser);
    const [one] = await through(fit, initFit(fit, denoiser.parameters), 1);
    const alive = tf.memory().numTensors;
    const [twenty] = await through(fit, one, 20);
    expect(tf.memory().numTensors).toBe(alive);
    disposeFit(twenty);
  });
});
