import * as tf from '@tensorflow/tfjs';
import { lastValueFrom, map, of, toArray } from 'rxjs';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Denoiser } from '../../../src/core/contracts/denoiser.js';
import type { NoiseSource } from '../../../src/core/contracts/noise-source.js';
import type { Sampler, StepContext } from '../../../src/core/contracts/sampler.js';
import { Roles } from '../../../src/core/assembly/roles.js';
import { tensorOf } from '../../../src/core/tensors/tensor-space.js';
import { reverse } from '../../../src/pipelines/sampling/reverse.js';
import { startingNoise } from '../../../src/pipelines/sampling/starting-noise.js';
import { create, made, pluginsOf } from '../../plugins/plugins-of.js';
import { parts } from './parts.js';

const MASK = [0, 1e-3, 0.25, 0.5, 0.75, 1];
const KNOWN = -1.5;
const samplers: (readonly [name: string, elsewhere: boolean])[] = [];
for (const [name, definition] of pluginsOf(Roles.sampler)) {
  const { needs } = await create(definition);
  if (needs?.towards !== 'noisy') samplers.push([name, needs?.paths?.includes('flow') === false] as const);
}

/** Keyed, and alike in all numbers of a sample: what differs between them is the mask's doing. */
const alike: NoiseSource = {
  normal: ({ seed, purpose, step }, count) =>
    new Float64Array(count).fill(1.2 * Math.sin(seed * 12.9 + purpose.length * 7.7 + step * 3.3)),
  uniform: () => Float64Array.of(0.5),
};

/** An x0 network whose estimate follows what it is shown. */
const following: Denoiser = {
  info: { sampleShape: [MASK.length] },
  parameters: {},
  predict: (_, x) => tf.add(tf.mul(tf.tanh(x), 0.6), 0.2),
};

interface Seen {
  readonly x: readonly number[];
  readonly denoised: readonly number[];
}

/** The events of a run, and how far `x` was from `alpha * denoised + sigma * noise` at worst. */
async function run(name: string, otherPath: boolean, request: { steps: number; startFrom?: number }) {
  const sampler = await made(Roles.sampler, name);
  let worst = 0;
  const watched: Sampler = {
    ...sampler,
    step: (state, ctx) =>
      sampler.step(state, {
        ...ctx,
        denoise: (x, level) => {
          const reading = ctx.denoise(x, level);
          worst = Math.max(worst, gap(ctx, x, level, reading));
          return reading;
        },
      }),
  };
  const path = otherPath
    ? { schedule: await made(Roles.schedule, 'vp-sde'), grid: await made(Roles.grid, 'trailing') }
    : {};
  const use = { ...parts(following, watched), ...path, noise: alike };
  const data = new Float32Array(MASK.length).fill(KNOWN);
  const { startFrom, ...rest } = request;
  const from = startFrom === undefined ? {} : { startFrom: { data: data.map((value) => -value), strength: startFrom } };
  const ask = { ...rest, ...from, seed: 4, inpaint: { data, mask: Float32Array.from(MASK) } };
  const seen = map((event: { readonly x: tf.Tensor; readonly denoised?: tf.Tensor }): Seen => {
    return { x: [...event.x.dataSync()], denoised: [...(event.denoised ?? event.x).dataSync()] };
  });
  const events = await lastValueFrom(of(ask).pipe(startingNoise(use), reverse(use), seen, toArray()));
  return { events, worst };
}

function gap(
  { combine }: StepContext,
  x: Parameters<StepContext['denoise']>[0],
  { alpha, sigma }: Parameters<StepContext['denoise']>[1],
  { denoised, noise }: ReturnType<StepContext['denoise']>,
): number {
  if (sigma === 0) return 0;
  const left = tensorOf(combine([alpha, denoised], [sigma, noise], [-1, x]));
  return tf.max(tf.abs(left)).dataSync()[0] ?? Number.NaN;
}

/** Numbers on the straight line from what is known to what is made where all is made. */
function expectMixed(numbers: readonly number[]): void {
  const free = numbers.at(-1) ?? Number.NaN;
  numbers.forEach((value, i) => {
    const mask = MASK[i] ?? Number.NaN;
    expect(value).toBeCloseTo(mask * free + (1 - mask) * KNOWN, 5);
  });
  expect(numbers[0]).toBe(KNOWN);
}

beforeEach(() => tf.setBackend('cpu'));

describe('a mask between 0 and 1', () => {
  it.each(samplers)('mixes made and known samples linearly, in the end and in estimates: %s', async (name, other) => {
    const { events, worst } = await run(name, other, { steps: 6 });
    expectMixed(events.at(-1)?.x ?? []);
    events.slice(1).forEach(({ denoised }) => expectMixed(denoised));
    expect(worst).toBeLessThan(1e-5);
  });

  it.each(['ddim', 'euler-ancestral', 'repaint'])('mixes what starts from an image: %s', async (name) => {
    const { events } = await run(name, false, { steps: 6, startFrom: 0.5 });
    expectMixed(events.at(-1)?.x ?? []);
  });
});
