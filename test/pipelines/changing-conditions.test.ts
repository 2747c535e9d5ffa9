import * as tf from '@tensorflow/tfjs';
import { concat, lastValueFrom, NEVER, of, Subject, tap, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  definePlugin,
  diffusion,
  pixels,
  Roles,
  standardPlugins,
  type Denoiser,
  type SampleOptions,
} from 'rxdiffusion';
import { liveTensors } from '../leak-guard.js';

/** Says the label that it was given: each estimate shows which condition a step read. */
const echo = definePlugin({
  role: Roles.denoiser,
  name: 'echo',
  config: z.strictObject({}),
  create: (): Denoiser => ({
    info: { sampleShape: [1], classes: 10 },
    parameters: {},
    predict: (_, x, __, { classLabels }) =>
      tf.add(tf.mul(x, 0), tf.reshape(tf.cast(classLabels as tf.Tensor, 'float32'), [-1, 1])),
  }),
});
const pipeline = () =>
  diffusion(
    {
      format: 1,
      plugins: {
        engine: 'tfjs-cpu',
        noise: 'philox',
        schedule: 'flow',
        grid: 'trailing',
        parameterization: 'x0',
        denoiser: 'echo',
        conditioner: { name: 'class-label', config: { classes: 9 } },
        sampler: 'ddim',
      },
    },
    { plugins: [...standardPlugins, echo] },
  );

/** What each step read. */
async function readBy(ask: SampleOptions, onStep: (index: number) => void = () => undefined): Promise<number[]> {
  await using made = await pipeline();
  const before = liveTensors();
  const events = made.sample.events(ask).pipe(
    tap((event) => event.kind === 'step' && onStep(event.index)),
    pixels(),
    toArray(),
  );
  const seen = await lastValueFrom(events);
  expect(liveTensors()).toBe(before);
  return seen.flatMap((event) => (event.kind === 'step' ? [event.images.data[0] ?? Number.NaN] : []));
}

describe('conditions that change while a run goes', () => {
  it('by a schedule: from a share of the steps on', async () => {
    const conditionsFrom = [
      { from: 0.25, condition: 5 },
      { from: 0.5, negative: 1 },
      { from: 0.75, condition: 7 },
    ];
    expect(await readBy({ steps: 8, condition: 2, conditionsFrom })).toEqual([2, 2, 5, 5, 5, 5, 7, 7]);
  });

  it('by an observable: the latest value at each step, from the next step on', async () => {
    const condition = new Subject<number>();
    const read = await readBy({ steps: 5, condition: 2, live: { condition } }, (index) => {
      if (index === 1) condition.next(4);
      if (index === 2) condition.next(6);
    });
    expect(read).toEqual([2, 2, 4, 6, 6]);
  });

  it('a live value goes before the schedule, and is in the events', async () => {
    await using made = await pipeline();
    const live = { condition: concat(of(3), NEVER) };
    const ask = { steps: 2, condition: 1, conditionsFrom: [{ from: 0.5, condition: 8 }], live };
    const seen = await lastValueFrom(made.sample.events(ask).pipe(pixels(), toArray()));
    const steps = seen.flatMap((event) => (event.kind === 'step' ? [[event.images.data[0], event.live]] : []));
    expect(steps).toEqual([
      [3, { condition: 3 }],
      [3, { condition: 3 }],
    ]);
  });

  it('a live value that the conditioner refuses ends the run, by name', async () => {
    await using made = await pipeline();
    const before = liveTensors();
    const run = made.sample({ steps: 3, condition: 1, live: { condition: of('seven') } });
    await expect(run).rejects.toMatchObject({ code: 'RXD_CONDITION_INVALID' });
    expect(liveTensors()).toBe(before);
  });

  it.each([
    [[{ from: 1, condition: 2 }]],
    [[{ from: -0.1 }]],
    [[{ from: 0.5 }, { from: 0.5 }]],
    [[{ from: 0.2, prompt: 3 }]],
    ['later'],
  ])('refuses the schedule %j', async (conditionsFrom) => {
    await using made = await pipeline();
    const ask = { steps: 2, condition: 1, conditionsFrom } as unknown as SampleOptions;
    await expect(made.sample(ask)).rejects.toMatchObject({
      code: 'RXD_REQUEST_INVALID',
      message: expect.stringContaining('conditionsFrom') as string,
    });
  });
});
