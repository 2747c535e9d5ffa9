import { lastValueFrom, toArray } from 'rxjs';
import { afterAll, expect, it } from 'vitest';
import { z } from 'zod';
import { DiffusionError } from '../../src/core/errors/diffusion-error.js';
import type { CatalogueEntry } from '../../src/core/assembly/catalogue.js';
import { definePlugin } from '../../src/core/assembly/define-plugin.js';
import { defineSampler } from '../../src/core/assembly/define-sampler.js';
import type { Slots } from '../../src/core/assembly/recipe.js';
import { Roles } from '../../src/core/assembly/roles.js';
import { pixels } from '../../src/pipelines/sampling/pixels.js';
import { figure } from '../figure.js';
import { tinyPipeline, tinyPlugins } from './tiny-pipeline.js';

/** A sampler of a name that others have too: it multiplies the sample by `factor` at each step. */
const scaling = (factor: number, made: string[]) =>
  definePlugin({
    role: Roles.sampler,
    name: 'same-name',
    config: z.strictObject({}),
    create: () => {
      made.push(`sampler ${factor}`);
      return defineSampler({
        order: 1,
        stochastic: false,
        init: (x) => ({ x }),
        step: ({ x }, { combine }) => ({ x: combine([factor, x]) }),
      });
    },
    dispose: () => void made.push(`disposed ${factor}`),
  });

/** An observer of a name that others have too. */
const counting = (seen: string[], mark: string) =>
  definePlugin({
    role: Roles.observer,
    name: 'same-name',
    config: z.strictObject({}),
    create: () => ({ next: (event) => void seen.push(`${mark} ${event.kind}`) }),
  });

const slots = { sampler: 'same-name', observer: ['same-name'] };

const none = z.strictObject({});
const cannot = (): never => {
  throw new Error('made although the wiring is wrong');
};
/** A grid and a schedule that need each other. */
const circle = [
  definePlugin({ role: Roles.grid, name: 'round', config: none, inject: { schedule: Roles.schedule }, create: cannot }),
  definePlugin({ role: Roles.schedule, name: 'round', config: none, inject: { grid: Roles.grid }, create: cannot }),
];
const needy = definePlugin({
  role: Roles.sampler,
  name: 'needy',
  config: none,
  inject: { classifier: Roles.classifier },
  create: cannot,
});

/** Wrong wirings, and what the error says of them. */
const WIRINGS: readonly (readonly [string, Slots, readonly CatalogueEntry[], code: string, says: RegExp])[] = [
  ['a circle', { grid: 'round', schedule: 'round' }, circle, 'RXD_PLUGIN_CYCLE', /grid\/round -> schedule\/round/],
  ['a need that nothing fills', { sampler: 'needy' }, [needy], 'RXD_PLUGIN_MISSING', /classifier/],
  ['two plugins of one name', {}, [needy, { ...needy }], 'RXD_PLUGIN_DUPLICATE', /sampler\/needy/],
  ['a plugin of another role', { sampler: 'cosine' }, [], 'RXD_PLUGIN_UNKNOWN', /cosine/],
  ['a name that is not known', { sampler: 'eulr' }, [], 'RXD_PLUGIN_UNKNOWN', /did you mean 'euler'/],
  ['a role that is not known', { smapler: 'euler' }, [], 'RXD_', /smapler/],
  ['a list where one belongs', { sampler: ['euler', 'heun'] }, [], 'RXD_', /sampler/],
  [
    'a config of another plugin',
    { sampler: { name: 'euler', config: { dropout: 1 } } },
    [],
    'RXD_PLUGIN_CONFIG',
    /dropout/,
  ],
];

it.each(WIRINGS)('fails when the pipeline is made, by name: %s', async (_, wrong, more, code, says) => {
  const error: unknown = await tinyPipeline(wrong, [...tinyPlugins, ...more]).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(DiffusionError);
  expect((error as DiffusionError).code).toMatch(new RegExp(`^${code}`));
  expect((error as DiffusionError).message).toMatch(says);
});

afterAll(() => figure('R16', `${WIRINGS.length} wrong wirings, each refused by name before a plugin is made`));

it('gives two pipelines of equal plugin names each its own plugins', async () => {
  const made: string[] = [];
  const seen: string[] = [];
  await using doubling = await tinyPipeline(slots, [...tinyPlugins, scaling(2, made), counting(seen, 'doubling')]);
  await using tripling = await tinyPipeline(slots, [...tinyPlugins, scaling(3, made), counting(seen, 'tripling')]);
  const growth = async (pipeline: typeof doubling): Promise<number> => {
    const run = pipeline.sample.events({ steps: 2, count: 1, seed: 4 }).pipe(pixels('x'), toArray());
    const events = await lastValueFrom(run);
    return events.at(-1)!.images.data[0]! / events[0]!.images.data[0]!;
  };

  // Each is used after the other was made, and both at once.
  const [four, nine] = await Promise.all([growth(doubling), growth(tripling)]);
  expect(four).toBeCloseTo(4, 5);
  expect(nine).toBeCloseTo(9, 5);
  expect(await growth(doubling)).toBeCloseTo(4, 5);

  expect(made).toEqual(['sampler 2', 'sampler 3']);
  expect(doubling.assembly.get(Roles.sampler)).not.toBe(tripling.assembly.get(Roles.sampler));
  expect(doubling.assembly.get(Roles.denoiser)).not.toBe(tripling.assembly.get(Roles.denoiser));
  expect(seen.filter((entry) => entry.startsWith('tripling'))).toHaveLength(4);
  expect(seen.filter((entry) => entry.startsWith('doubling'))).toHaveLength(8);
});

it('keeps a pipeline alive when its twin of equal names is disposed', async () => {
  const made: string[] = [];
  const plugins = (factor: number) => [...tinyPlugins, scaling(factor, made), counting([], 'any')];
  await using kept = await tinyPipeline(slots, plugins(5));
  const twin = await tinyPipeline(slots, plugins(7));
  await twin.dispose();
  expect(made).toEqual(['sampler 5', 'sampler 7', 'disposed 7']);
  using result = await kept.sample({ steps: 1, count: 1 });
  expect(result.x.shape).toEqual([1, 2]);
  expect(() => twin.assembly.get(Roles.sampler)).toThrow(/RXD_ASSEMBLY_DISPOSED/);
});

it('makes no plugin twice for one pipeline and no plugin once for two', async () => {
  const made: string[] = [];
  const plugins = [...tinyPlugins, scaling(2, made), counting([], 'any')];
  const pipelines = await Promise.all(Array.from({ length: 5 }, () => tinyPipeline(slots, plugins)));
  expect(made).toEqual(Array(5).fill('sampler 2'));
  const samplers = new Set(pipelines.map(({ assembly }) => assembly.get(Roles.sampler)));
  expect(samplers.size).toBe(5);
  await Promise.all(pipelines.map((pipeline) => pipeline.dispose()));
  figure('R16', `${pipelines.length + 4} pipelines of equal names, each with plugins of its own`);
});
