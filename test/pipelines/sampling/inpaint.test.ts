import * as tf from '@tensorflow/tfjs';
import { lastValueFrom, of, take, toArray } from 'rxjs';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Denoiser } from '../../../src/core/contracts/denoiser.js';
import { macrotask } from '../../../src/core/loop/macrotask.js';
import { Roles } from '../../../src/core/assembly/roles.js';
import { pixels } from '../../../src/pipelines/sampling/pixels.js';
import { reverse } from '../../../src/pipelines/sampling/reverse.js';
import type { SampleRequest } from '../../../src/core/sampling/sample-request.js';
import { startingNoise } from '../../../src/pipelines/sampling/starting-noise.js';
import { philox } from '../../../src/plugins/noise/philox.js';
import { liveTensors } from '../../leak-guard.js';
import { create, made } from '../../plugins/plugins-of.js';
import { euler, parts } from './parts.js';

const SAMPLERS = [
  'ddim',
  'ddpm',
  'euler-ancestral',
  'heun',
  'dpmpp-2m',
  'dpmpp-2m-sde',
  'repaint',
  'unipc',
  'lms',
  'deis',
];
/** Points near (-1, -1) and near (1, 1): who knows one coordinate knows the other. */
const CENTRES = [-1, 1];
const STD = 0.1;

/** The ideal network of these points on the flow path, x0 prediction. */
const ideal: Denoiser = {
  info: { sampleShape: [2] },
  parameters: {},
  predict(_, x, time) {
    const t = tf.reshape(time, [-1, 1]);
    const alpha = tf.sub(1, t);
    const variance = tf.add(tf.mul(tf.square(alpha), STD ** 2), tf.square(t));
    const logits = CENTRES.map((centre) =>
      tf.div(tf.sum(tf.square(tf.sub(x, tf.mul(alpha, centre))), 1, true), tf.mul(variance, -2)),
    );
    const shares = tf.split(tf.softmax(tf.concat(logits, 1)), 2, 1);
    const gain = tf.div(tf.mul(alpha, STD ** 2), variance);
    const means = CENTRES.map((centre, k) =>
      tf.mul(shares[k] as tf.Tensor, tf.add(centre, tf.mul(gain, tf.sub(x, tf.mul(alpha, centre))))),
    );
    return tf.addN(means);
  },
};

async function run(name: string, request: SampleRequest) {
  const noise = await create(philox);
  const sampler = name === 'test-euler' ? euler : await made(Roles.sampler, name);
  const use = { ...parts(ideal, sampler), noise };
  return lastValueFrom(of(request).pipe(startingNoise(use), reverse(use), pixels('x'), toArray()));
}

const seconds = (data: Float32Array): number[] => [...data].filter((_, i) => i % 2 === 1);
/** Keeps the first coordinate of each point. */
const mask = Float32Array.of(0, 1);

beforeEach(() => tf.setBackend('cpu'));

describe('inpainting', () => {
  it.each(SAMPLERS)('keeps what is known bit for bit and makes the rest to go with it: %s', async (name) => {
    const count = 12;
    const data = Float32Array.from({ length: 2 * count }, (_, i) => (i % 4 === 0 ? 1.0625 : -0.9375));
    const events = await run(name, { steps: 20, count, seed: 3, inpaint: { data, mask } });
    const end = events.at(-1)?.images.data ?? new Float32Array();
    for (let i = 0; i < count; i++) {
      expect(end[2 * i]).toBe(data[2 * i]);
      // Another sample of the ideal network lies within four deviations of its centre.
      expect(Math.abs((end[2 * i + 1] ?? 0) - Math.sign(data[2 * i] ?? 0))).toBeLessThan(0.4);
    }
  });

  it('makes both kinds of points where nothing is known', async () => {
    const events = await run('ddim', { steps: 20, count: 12, seed: 3 });
    expect(new Set(seconds(events.at(-1)?.images.data ?? new Float32Array()).map(Math.sign)).size).toBe(2);
  });

  it('holds the known part of x at the known sample noised to the level, in every step', async () => {
    const events = await run('test-euler', { steps: 6, seed: 5, inpaint: { data: Float32Array.of(1.5, 0), mask } });
    const levels = [1, ...Array.from({ length: 6 }, (_, i) => 1 - (i + 1) / 6)];
    const noise = (events[0]?.images.data[0] ?? 0) - (1 - 1) * 1.5;
    events.slice(0, -1).forEach(({ images }, i) => {
      const t = levels[i] ?? 0;
      expect(images.data[0]).toBeCloseTo((1 - t) * 1.5 + t * noise, 5);
    });
  });

  it('gives a batch what its singles get, each with data and mask of its own', async () => {
    const [data, masks] = [Float32Array.of(1, 0, 0, -1), Float32Array.of(0, 1, 1, 0)];
    const batch = await run('euler-ancestral', { steps: 5, seeds: [7, 8], inpaint: { data, mask: masks } });
    const singles = await Promise.all(
      [0, 1].map((k) => {
        const inpaint = { data: data.slice(2 * k, 2 * k + 2), mask: masks.slice(2 * k, 2 * k + 2) };
        return run('euler-ancestral', { steps: 5, seed: 7 + k, inpaint });
      }),
    );
    const ends = singles.flatMap((events) => [...(events.at(-1)?.images.data ?? [])]);
    expect([...(batch.at(-1)?.images.data ?? [])]).toEqual(ends);
  });

  it('paints all where the mask is 1, and keeps all where it is 0', async () => {
    const end = async (request: SampleRequest) => [...((await run('ddim', request)).at(-1)?.images.data ?? [])];
    const ask = { steps: 8, count: 3 };
    const data = Float32Array.of(0.25, 0.5);
    expect(await end({ ...ask, inpaint: { data, mask: Float32Array.of(1, 1) } })).toEqual(await end(ask));
    expect(await end({ ...ask, inpaint: { data, mask: Float32Array.of(0, 0) } })).toEqual([
      0.25, 0.5, 0.25, 0.5, 0.25, 0.5,
    ]);
  });

  it('takes a mask of pixels for pictures, and starts from an image where asked', async () => {
    const flat: Denoiser = { info: { sampleShape: [1, 2, 3] }, parameters: {}, predict: (_, x) => tf.zerosLike(x) };
    const use = { ...parts(flat), noise: await create(philox) };
    const data = Float32Array.from({ length: 6 }, () => 0.5);
    const request = { steps: 4, startFrom: { data, strength: 0.5 }, inpaint: { data, mask: Float32Array.of(0, 1) } };
    const events = await lastValueFrom(of(request).pipe(startingNoise(use), reverse(use), pixels('x'), toArray()));
    expect(events[0]?.count).toBe(2);
    expect([...(events.at(-1)?.images.data ?? [])]).toEqual([0.5, 0.5, 0.5, 0, 0, 0]);
  });

  it('frees everything, whenever it is unsubscribed', async () => {
    const use = { ...parts(ideal), noise: await create(philox) };
    const inpaint = { data: Float32Array.of(1, 0), mask };
    const before = liveTensors();
    for (let stop = 1; stop < 8; stop++) {
      await lastValueFrom(of({ steps: 6, inpaint }).pipe(startingNoise(use), reverse(use), take(stop)));
      await macrotask();
      expect(liveTensors()).toBe(before);
    }
  });

  it.each<[what: string, data: number[], mask: number[], message: RegExp]>([
    ['data of another size', [1, 2, 3], [0, 1], /RXD_REQUEST_INVALID[^]*inpaint.data[^]*2 or 4/],
    ['a mask of another size', [1, 2], [0, 1, 0], /RXD_REQUEST_INVALID[^]*inpaint.mask[^]*2 or 4/],
    ['a mask beyond 1', [1, 2], [0, 255], /RXD_REQUEST_INVALID[^]*got: 255/],
    ['a mask that is no number', [1, 2], [0, Number.NaN], /RXD_REQUEST_INVALID[^]*got: NaN/],
  ])('refuses %s', async (_, data, wrong, message) => {
    const inpaint = { data: Float32Array.from(data), mask: Float32Array.from(wrong) };
    await expect(run('ddim', { steps: 2, count: 2, inpaint })).rejects.toThrow(message);
  });
});

describe('inpainting as diffusers does', () => {
  const data = Float32Array.of(1.5, 0);

  it.each(['test-euler', 'dpmpp-2m', 'heun'])(
    'puts the known in after each step with the noise of the start: %s',
    async (name) => {
      const ask = { steps: 6, seed: 5, inpaint: { data, mask }, inpainting: 'blended' } as const;
      const events = await run(name, ask);
      const plain = await run(name, { steps: 6, seed: 5 });
      expect([...(events[0]?.images.data ?? [])]).toEqual([...(plain[0]?.images.data ?? [])]);
      const noise = events[0]?.images.data[0] ?? 0;
      events.slice(1, -1).forEach(({ images }, i) => {
        const t = 1 - (i + 1) / 6;
        expect(images.data[0]).toBeCloseTo((1 - t) * 1.5 + t * noise, 5);
      });
      expect(events.at(-1)?.images.data[0]).toBe(1.5);
    },
  );

  it('shows a step’s first call its sample as it is, and further calls the known at their level', async () => {
    const shown: [time: number, first: number][] = [];
    const seen: Denoiser = {
      info: { sampleShape: [2] },
      parameters: {},
      predict(_, x, time) {
        shown.push([time.dataSync()[0] ?? 0, x.dataSync()[0] ?? 0]);
        return tf.zerosLike(x);
      },
    };
    const use = { ...parts(seen, await made(Roles.sampler, 'heun')), noise: await create(philox) };
    const ask = { steps: 3, seed: 5, inpaint: { data, mask }, inpainting: 'blended' } as const;
    const [start] = await lastValueFrom(of(ask).pipe(startingNoise(use), reverse(use), pixels('x'), toArray()));
    const noise = start?.images.data[0] ?? 0;
    expect(shown[0]?.[1]).toBeCloseTo(noise, 5);
    shown.slice(1).forEach(([t, first]) => expect(first).toBeCloseTo((1 - t) * 1.5 + t * noise, 5));
  });

  it('leaves all to a network that is told', async () => {
    const ends = await Promise.all(
      [{}, { inpaint: { data, mask }, inpainting: 'network' } as const].map((ask) => run('ddim', { steps: 5, ...ask })),
    );
    const [without, told] = ends.map((events) => [...(events.at(-1)?.images.data ?? [])]);
    expect(told).toEqual(without);
  });

  it('refuses another word', async () => {
    const ask = { steps: 5, inpainting: 'magic' } as unknown as SampleRequest;
    await expect(run('ddim', ask)).rejects.toThrow(/RXD_REQUEST_INVALID[^]*inpainting/);
  });
});

describe('image to image', () => {
  it.each(['ddim', 'euler-ancestral', 'dpmpp-2m', 'unipc'])(
    'starts each sample from its own data: %s',
    async (name) => {
      const data = Float32Array.of(1, 1, -1, -1);
      const events = await run(name, { steps: 20, count: 2, startFrom: { data, strength: 0.3 } });
      expect(events[0]?.count).toBe(6);
      expect([...(events.at(-1)?.images.data ?? [])].map(Math.sign)).toEqual([1, 1, -1, -1]);
    },
  );
});
