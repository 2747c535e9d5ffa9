import * as tf from '@tensorflow/tfjs';
import { BehaviorSubject, from, lastValueFrom, mergeMap, of, startWith, Subject, tap, toArray } from 'rxjs';
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Denoiser } from '../../../src/core/contracts/denoiser.js';
import type { Branch, Guidance } from '../../../src/core/contracts/guidance.js';
import { definePlugin, type PluginDefinition } from '../../../src/core/assembly/define-plugin.js';
import { Roles } from '../../../src/core/assembly/roles.js';
import { diffusion, type Diffusion } from '../../../src/pipelines/diffusion.js';
import { standardPlugins } from '../../../src/pipelines/presets/standard-plugins.js';
import type { SampleOptions } from '../../../src/pipelines/sample-function.js';
import { samplingParts } from '../../../src/pipelines/sample-function.js';
import { batchedReverse } from '../../../src/pipelines/sampling/batched-reverse.js';
import { pixels } from '../../../src/pipelines/sampling/pixels.js';
import { startingNoise } from '../../../src/pipelines/sampling/starting-noise.js';
import { mlp } from '../../../src/plugins/denoisers/mlp.js';
import { made } from '../../plugins/plugins-of.js';

/** A network call: what was asked of it. */
interface Call {
  readonly labels: readonly number[];
  readonly perturbation?: string;
}
const calls: Call[] = [];
beforeEach(() => void calls.splice(0));

/** `mlp`, which notes its calls and offers two kinds of perturbation. */
const noting: PluginDefinition<Denoiser> = {
  ...mlp,
  name: 'noting',
  async create(deps) {
    const network = await mlp.create(deps);
    const perturbations = { ...network.info.perturbations, 'identity-attention': ['blocks.1'] };
    return {
      ...network,
      info: { ...network.info, perturbations },
      predict(weights, x, time, given, perturbation) {
        const said = perturbation ? { perturbation: [perturbation.kind, ...perturbation.layers].join(' ') } : {};
        calls.push({ labels: [...(given['classLabels']?.dataSync() ?? [])], ...said });
        const changed = perturbation && { kind: 'skip-layer', layers: perturbation.layers };
        return changed ? network.predict(weights, x, time, given, changed) : network.predict(weights, x, time, given);
      },
    };
  },
};
/** Asks for any branches, and takes the mean of what they say. */
const asking = definePlugin({
  role: Roles.guidance,
  name: 'asking',
  config: z.strictObject({ branches: z.array(z.custom<Branch>()) }),
  create: ({ config: { branches } }): Guidance => ({
    branches: () => branches,
    init: () => ({}),
    combine(state, { combine, readings }) {
      const mean = (of: 'denoised' | 'noise') =>
        combine(...branches.map(({ name }) => [1 / branches.length, readings[name]![of]] as const));
      return [state, { denoised: mean('denoised'), noise: mean('noise') }];
    },
  }),
});
const plugins = [...standardPlugins, noting, asking];
/** The label of no condition. */
const NONE = 3;

const pipelineOf = (guidance: string | object, slots: object = {}): Promise<Diffusion> =>
  diffusion(
    {
      format: 1,
      preset: 'ddpm',
      plugins: {
        ...{ engine: 'tfjs-cpu', sampler: 'ddim', guidance },
        denoiser: { name: 'noting', config: { width: 6, blocks: 2, classes: 4 } },
        conditioner: { name: 'class-label', config: { classes: 3 } },
        ...slots,
      },
    },
    { plugins },
  );
const ask = (branches: readonly Branch[]): object => ({ name: 'asking', config: { branches } });
const composable = (weights: object, more: object = {}): object => ({
  name: 'composable',
  config: { weights, ...more },
});

async function sampled({ sample }: Diffusion, request: SampleOptions): Promise<number[]> {
  using result = await sample({ steps: 2, ...request });
  return [...result.x.dataSync()];
}
const expectClose = (got: readonly number[], expected: readonly number[]): void => {
  expect(got).toHaveLength(expected.length);
  expected.forEach((value, i) => expect(got[i]).toBeCloseTo(value, 5));
};

describe('branches go through the network together', () => {
  const skip = (layers?: readonly string[]) => ({ kind: 'skip-layer', ...(layers ? { layers } : {}) });

  it('where they share network, perturbation and form: one call of all their rows', async () => {
    await using pipeline = await pipelineOf({ name: 'skip-layer', config: { above: 0 } });
    await sampled(pipeline, { steps: 1, count: 2, condition: 1 });
    expect(calls).toEqual([
      { labels: [NONE, NONE, 1, 1] },
      { labels: [1, 1], perturbation: 'skip-layer blocks.0 blocks.1' },
    ]);
  });

  it('also perturbed ones, whether their layers are named or are all', async () => {
    const [all, named, first] = [skip(), skip(['blocks.0', 'blocks.1']), skip(['blocks.0'])];
    await using pipeline = await pipelineOf(
      ask([
        { name: 'a', perturbation: all },
        { name: 'b', condition: 'unconditional', perturbation: named },
        { name: 'c', perturbation: first },
        { name: 'd', perturbation: { kind: 'identity-attention' } },
      ]),
    );
    await sampled(pipeline, { steps: 1, condition: 2 });
    expect(calls).toEqual([
      { labels: [2, NONE], perturbation: 'skip-layer blocks.0 blocks.1' },
      { labels: [2], perturbation: 'skip-layer blocks.0' },
      { labels: [2], perturbation: 'identity-attention blocks.1' },
    ]);
  });

  it('in a call of their own for each network', async () => {
    const other = { name: 'noting', config: { width: 4, blocks: 1, classes: 4 } };
    const both = ask([{ name: 'a' }, { name: 'b', slot: 'denoiser:other' }, { name: 'c', condition: 'unconditional' }]);
    await using pipeline = await pipelineOf(both, { 'denoiser:other': other });
    await sampled(pipeline, { steps: 1, condition: 0 });
    expect(calls).toEqual([{ labels: [0, NONE] }, { labels: [0] }]);
  });
});

describe('the conditions of a request', () => {
  it('`negative` is the unconditional side', async () => {
    await using pipeline = await pipelineOf({ name: 'cfg', config: { scale: 3 } });
    const plain = await sampled(pipeline, { condition: 1 });
    const away = await sampled(pipeline, { condition: 1, negative: 0 });
    expect(calls.map(({ labels }) => labels)).toEqual([
      [NONE, 1],
      [NONE, 1],
      [0, 1],
      [0, 1],
    ]);
    expect(away).not.toEqual(plain);
    await using composed = await pipelineOf(composable({ conditional: 3, off: -2 }));
    expectClose(await sampled(composed, { condition: 1, conditions: { off: 0 } }), away);
  });

  it('by name, each with its weight, in one call with the unconditional side', async () => {
    await using pipeline = await pipelineOf(composable({ left: 1, up: 2 }));
    await sampled(pipeline, { steps: 1, count: 2, conditions: { left: 0, up: [1, 2] } });
    expect(calls).toEqual([{ labels: [NONE, NONE, 0, 0, 1, 2] }]);
    await using one = await pipelineOf(composable({ left: 3 }));
    await using cfg = await pipelineOf({ name: 'cfg', config: { scale: 3 } });
    expectClose(await sampled(one, { conditions: { left: 2, unread: 0 } }), await sampled(cfg, { condition: 2 }));
  });

  it('together with others: one batch, and what each gives alone', async () => {
    await using pipeline = await pipelineOf(composable({ left: 1, up: 0.5 }));
    const asks: readonly SampleOptions[] = [
      { seed: 1, conditions: { left: 0, up: 1 } },
      { seed: 2, conditions: { up: 2, left: 1 }, count: 2 },
      { seed: 3, conditions: { left: 2, up: 2 }, negative: 0 },
    ];
    const joined = await Promise.all(asks.map((request) => sampled(pipeline, { steps: 1, ...request })));
    expect(calls).toEqual([{ labels: [...[NONE, NONE, NONE, 0], ...[0, 1, 1, 2], ...[1, 2, 2, 2]] }]);
    for (const [i, request] of asks.entries())
      expectClose(joined[i] ?? [], await sampled(pipeline, { steps: 1, ...request }));
  });

  it('together where the unconditional side is the request’s alone', async () => {
    await using pipeline = await pipelineOf('cfg');
    const parts = samplingParts(pipeline.assembly);
    const { prepareNothing: _, ...conditioner } = { ...parts.conditioner! };
    const reversed = batchedReverse({ ...parts, conditioner });
    const run = (seed: number) =>
      of({ steps: 1, seed, condition: 1, negative: seed }).pipe(startingNoise(parts), reversed, pixels('x'));
    await lastValueFrom(from([0, 2]).pipe(mergeMap(run), toArray()));
    expect(calls).toEqual([{ labels: [0, 2, 1, 1] }]);
  });
});

describe('refused before the first network call, by name', () => {
  const shuffled = { name: 'a', perturbation: { kind: 'shuffle' } };
  const layer = { name: 'a', perturbation: { kind: 'skip-layer', layers: ['blocks.0', 'blocks.7'] } };
  it.each<[what: string, says: RegExp, branches: readonly Branch[]]>([
    ['a perturbation', /got: shuffle[^]*skip-layer \(blocks\.0, blocks\.1\); identity-attention/, [shuffled]],
    ['a layer', /got: skip-layer of blocks\.0, blocks\.7[^]*blocks\.0, blocks\.1/, [layer]],
    ['a network', /slot denoiser:other/, [{ name: 'a', slot: 'denoiser:other' }]],
  ])('%s that is not there, at assembly', async (_, says, branches) => {
    const error = {
      code: 'RXD_COMBINATION',
      message: expect.stringMatching(says) as string,
      plugin: 'guidance/asking',
    };
    await expect(pipelineOf(ask(branches))).rejects.toMatchObject(error);
  });

  it.each([
    { condition: 1 },
    { slot: null },
    { perturbation: 'skip-layer' },
    { perturbation: { kind: 'skip-layer', layers: [] } },
    { perturbation: { kind: 'skip-layer', layers: 'blocks.0' } },
  ])('what is no branch: %j', async (more) => {
    const error = { code: 'RXD_PLUGIN_OUTPUT', plugin: 'guidance/asking' };
    await expect(pipelineOf(ask([{ name: 'a', ...more } as unknown as Branch]))).rejects.toMatchObject(error);
  });

  it('a perturbation of a network that offers none', async () => {
    const made = pipelineOf('pag', { denoiser: { name: 'mlp', config: { width: 4, classes: 4 } } });
    await expect(made).rejects.toThrow(/RXD_COMBINATION[^]*got: identity-attention[^]*skip-layer \(blocks\.0/);
  });

  it('a condition that the request does not have, also where others are there', async () => {
    await using pipeline = await pipelineOf(composable({ left: 1, up: 1 }));
    const says = /RXD_COMBINATION[^]*‘up’[^]*got: conditional, left[^]*conditions: \{ 'up': … \}/;
    await expect(sampled(pipeline, { conditions: { left: 0 } })).rejects.toThrow(says);
    await expect(sampled(pipeline, { conditions: { toString: 0 } })).rejects.toThrow(/‘left’/);
    const both = [{ conditions: { left: 0, up: 1 } }, { conditions: { left: 0 } }].map((one) => sampled(pipeline, one));
    await expect(both[1]).rejects.toThrow(says);
    await expect(both[0]).resolves.toHaveLength(2);
    expect(calls.map(({ labels }) => labels)).toEqual([
      [NONE, 0, 1],
      [NONE, 0, 1],
    ]);
  });
});

describe('scales and parts that change while the run goes', () => {
  it.each([
    ['pag', { scale: 2 }, { 'guidance.scale': of(2) }],
    ['pag', { scale: 3, cfgScale: 4 }, { 'guidance.cfgScale': of(4) }],
    ['skip-layer', { scale: 1, above: 0 }, { 'guidance.scale': of(1) }],
    ['composable', { scale: 0.5 }, { 'guidance.scale': of(0.5) }],
  ])('%s: a live %j is what the config would be', async (name, config, live) => {
    const rest = name === 'skip-layer' ? { above: 0 } : {};
    await using fixed = await pipelineOf({ name, config });
    await using other = await pipelineOf({ name, config: rest });
    const now = await sampled(other, { condition: 1, live });
    expect(now).toEqual(await sampled(fixed, { condition: 1 }));
    expect(now).not.toEqual(await sampled(other, { condition: 1 }));
  });

  it('a scale of 0 asks for no perturbed reading from the next step on', async () => {
    await using pipeline = await pipelineOf('pag');
    const scale$ = new BehaviorSubject(1);
    const events$ = pipeline.sample.events({ steps: 3, condition: 1, live: { 'guidance.scale': scale$ } });
    await lastValueFrom(events$.pipe(tap(({ kind }) => kind === 'step' && scale$.next(0))));
    expect(calls.map(({ perturbation }) => perturbation)).toEqual([
      undefined,
      'identity-attention blocks.1',
      undefined,
      undefined,
    ]);
  });

  it('another guidance takes over with the conditions of the request, or is refused by name', async () => {
    await using pipeline = await pipelineOf('none');
    const guidance = await made(Roles.guidance, 'composable', { weights: { left: 2, up: 1 } });
    const swapped = (conditions: Readonly<Record<string, unknown>>): Promise<unknown> => {
      const swap$ = new Subject<{ readonly guidance: Guidance }>();
      const events$ = pipeline.sample.events({ steps: 2, conditions, swap$ });
      return lastValueFrom(
        events$.pipe(
          tap(({ kind }) => kind === 'step' && swap$.next({ guidance })),
          startWith(0),
        ),
      );
    };
    await swapped({ left: 0, up: 1 });
    expect(calls.map(({ labels }) => labels)).toEqual([[NONE], [NONE, 0, 1]]);
    await expect(swapped({ left: 0 })).rejects.toThrow(/RXD_COMBINATION[^]*‘up’/);
    expect(calls).toHaveLength(3);
  });
});

it('perturbed readings leave no tensor behind', async () => {
  await using pipeline = await pipelineOf('pag');
  await sampled(pipeline, { condition: 1 });
  const before = tf.memory().numTensors;
  await sampled(pipeline, { condition: 1 });
  expect(tf.memory().numTensors).toBe(before);
});
