import { lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { diffusion, standardPlugins, type Slots } from 'rxdiffusion';

const STEPS = 24;

/** The samples of a run of a small network under a guidance, and the network calls after each step. */
async function run(guidance: Slots[string], slots: Slots = {}) {
  const denoiser = { name: 'mlp', config: { width: 8, blocks: 1, classes: 4 } };
  const conditioner = { name: 'class-label', config: { classes: 3 } };
  const plugins = { engine: 'tfjs-cpu', denoiser, conditioner, guidance, sampler: 'ddim', ...slots };
  await using pipeline = await diffusion({ format: 1, preset: 'ddpm', plugins }, { plugins: standardPlugins });
  const calls: number[] = [];
  const request = { steps: STEPS, condition: 1, seeds: [4, 5] };
  const events = await lastValueFrom(pipeline.sample.events(request).pipe(toArray()));
  for (const event of events) if (event.kind === 'step') calls.push(event.nfe);
  using result = await pipeline.sample(request);
  return { images: [...result.images().data], calls, last: events.at(-1) };
}

const cached = (threshold: number, more: object = {}, of: object = { name: 'cfg', config: { scale: 2 } }) => ({
  name: 'cached',
  config: { of, threshold, ...more },
});
/** How far samples are from others, as a share of the size of those. */
const distance = (a: readonly number[], b: readonly number[]): number =>
  Math.hypot(...a.map((value, i) => value - (b[i] ?? Number.NaN))) / Math.hypot(...b);

describe('cached', () => {
  it('is the guidance that it wraps at threshold 0, bit by bit', async () => {
    const plain = await run({ name: 'cfg', config: { scale: 2 } });
    const none = await run(cached(0));
    expect(none.images).toEqual(plain.images);
    expect(none.calls).toEqual(Array.from({ length: STEPS }, (_, i) => i + 1));
  });

  it.each([0, 1])('calls less and errs more as the threshold grows (order %i)', async (order) => {
    const whole = await run(cached(0));
    const runs = await Promise.all([0.01, 0.1, 0.2, 0.4].map((threshold) => run(cached(threshold, { order }))));
    const calls = runs.map(({ last }) => last?.nfe ?? 0);
    const errors = runs.map(({ images }) => distance(images, whole.images));
    calls.reduce((before, now) => {
      expect(now).toBeLessThanOrEqual(before);
      return now;
    }, STEPS);
    expect(errors[0]).toBeLessThan(errors.at(-1) ?? 0);
    expect(errors[0]).toBeLessThan(0.08);
    console.log(
      `cache, order ${order}: ${calls.join(', ')} of ${STEPS} calls, errors ${errors.map((error) => error.toExponential(1)).join(', ')}`,
    );
  });

  it('shows a step that made no call: its `nfe` is that of the event before, and the last is `totalNfe`', async () => {
    const { calls, last } = await run(cached(0.2));
    expect(calls.some((now, i) => i > 0 && now === calls[i - 1])).toBe(true);
    expect(last?.nfe).toBe(last?.totalNfe);
    expect(calls[0]).toBe(1);
  });

  it('remembers each branch by itself, and what the wrapped guidance remembers', async () => {
    for (const of of [
      { name: 'apg', config: { scale: 3 } },
      { name: 'skip-layer', config: {} },
      { name: 'interval' },
    ]) {
      const [whole, some] = [await run(cached(0, {}, of)), await run(cached(0.08, {}, of))];
      expect(some.last?.nfe).toBeLessThan(STEPS);
      expect(distance(some.images, whole.images)).toBeLessThan(0.3);
    }
  });

  it('works with samplers of several calls a step, and with noise', async () => {
    for (const sampler of ['heun', 'dpmpp-sde', 'dpmpp-2m'])
      expect((await run(cached(0.1), { sampler, grid: 'exponential' })).images.every(Number.isFinite)).toBe(true);
  });

  it('gives equal runs, alone and in a batch', async () => {
    const [first, again] = [await run(cached(0.2)), await run(cached(0.2))];
    expect(again.images).toEqual(first.images);
  });

  it('refuses a guidance that it does not know, and a config that does not fit', async () => {
    await expect(run(cached(0.1, {}, { name: 'nothing' }))).rejects.toThrow('RXD_PLUGIN_CONFIG');
    await expect(run(cached(0.1, {}, { name: 'cfg', config: { scale: 'much' } }))).rejects.toThrow(/does not fit/);
  });
});
