import { of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../src/core/errors/error-codes.js';
import { DiffusionError } from '../../src/core/errors/diffusion-error.js';
import { defineSampler } from '../../src/core/assembly/define-sampler.js';
import { definePlugin } from '../../src/core/assembly/define-plugin.js';
import { Roles } from '../../src/core/assembly/roles.js';
import { z } from 'zod';
import { diffusion } from '../../src/pipelines/diffusion.js';
import type { SampleOptions } from '../../src/pipelines/sample-function.js';
import { standardPlugins } from '../../src/pipelines/presets/standard-plugins.js';
import { bayes } from '../reliability/tiny-classifier.js';

/** Third order from the first step on, on flow paths only. */
const demanding = definePlugin({
  role: Roles.sampler,
  name: 'demanding',
  config: z.strictObject({}),
  create: () =>
    defineSampler({
      order: 3,
      stochastic: false,
      needs: { paths: ['flow'], steps: 3 },
      init: (x) => ({ x }),
      step: ({ x }, { combine }) => ({ x: combine([1, x]) }),
    }),
});
/** Says labels, and has no unconditional side. */
const oneSided = definePlugin({
  role: Roles.conditioner,
  name: 'one-sided',
  config: z.strictObject({}),
  create: () => ({ reads: [], prepare: () => ({}), prepareBatch: () => ({}), encode: () => ({}) }),
});
const plugins = [...standardPlugins, demanding, oneSided, bayes];

type Slots = Readonly<Record<string, unknown>>;
const mlp = (config: object = {}) => ({ name: 'mlp', config: { width: 4, blocks: 1, ...config } });
const labels = { conditioner: { name: 'class-label', config: { classes: 2 } } };

async function refusal(slots: Slots, sample: object = {}): Promise<DiffusionError | undefined> {
  const recipe = {
    format: 1,
    preset: 'ddpm',
    plugins: { engine: 'tfjs-cpu', denoiser: mlp(), sampler: 'ddim', ...slots },
    sample,
  };
  try {
    await using pipeline = await diffusion(recipe, { plugins });
    expect(pipeline.explain()).toContain('sampler');
    return undefined;
  } catch (error) {
    if (error instanceof DiffusionError) return error;
    throw error;
  }
}

describe('refused at assembly, with what to change', () => {
  it.each<[what: string, code: ErrorCode, says: RegExp, slots: Slots, sample?: object]>([
    [
      'epsilon where alpha is 0 (zero terminal SNR)',
      'RXD_COMBINATION',
      /alpha = 0[^]*use v, x0 or flow/,
      { schedule: { name: 'linear', config: { zeroTerminalSnr: true } } },
    ],
    ['eta of a solver of an ODE', 'RXD_PLUGIN_CONFIG', /eta/, { sampler: { name: 'dpmpp-2m', config: { eta: 1 } } }],
    [
      'levels of one’s own that rise and fall',
      'RXD_COMBINATION',
      /does not fall[^]*sort the list/,
      { grid: { name: 'custom', config: { times: [100, 900, 500] } } },
    ],
    [
      'a sampler of flows on a variance-preserving path',
      'RXD_COMBINATION',
      /a vp path[^]*path is flow[^]*choose a schedule/,
      { sampler: 'demanding' },
    ],
    [
      'fewer steps than the order needs',
      'RXD_COMBINATION',
      /got: 2 steps[^]*3 steps or more/,
      { sampler: 'demanding', schedule: 'flow', grid: 'linspace', parameterization: 'flow' },
      { steps: 2 },
    ],
    [
      'a learned variance of a network without it',
      'RXD_COMBINATION',
      /learned variance[^]*fixed variance/,
      { sampler: { name: 'ddpm', config: { variance: 'learned-range' } } },
    ],
    ['cfg without a conditioner', 'RXD_COMBINATION', /unconditional side[^]*class-label/, { guidance: 'cfg' }],
    ['autoguidance with one network', 'RXD_COMBINATION', /denoiser:weak/, { guidance: 'autoguidance' }],
    [
      'autoguidance with a network for other samples',
      'RXD_COMBINATION',
      /another shape/,
      { guidance: 'autoguidance', 'denoiser:weak': mlp({ dimensions: 3 }) },
    ],
    ['classifier guidance without classifier', 'RXD_COMBINATION', /slot classifier/, { guidance: 'classifier' }],
    [
      'a classifier of fewer classes than may be asked for',
      'RXD_COMBINATION',
      /got: 3 classes, and a classifier of 2/,
      { guidance: 'classifier', classifier: 'bayes', conditioner: { name: 'class-label', config: { classes: 3 } } },
    ],
    [
      'cfg-plus-plus with a sampler that goes on from x',
      'RXD_COMBINATION',
      /sampler\/heun[^]*choose ddim/,
      { ...labels, denoiser: mlp({ classes: 3 }), guidance: 'cfg-plus-plus', sampler: 'heun' },
    ],
    ['a clip of two kinds', 'RXD_RECIPE_INVALID', /clip/, {}, { clip: { range: 1, quantile: 0.9 } }],
    ['a quantile beyond 1', 'RXD_RECIPE_INVALID', /clip/, {}, { clip: { quantile: 99.5 } }],
  ])('%s', async (_, code, says, slots, sample) => {
    const error = await refusal(slots, sample);
    expect(error?.code).toBe(code);
    expect(error?.message).toMatch(says);
  });

  it.each<[what: string, slots: Slots, sample?: object]>([
    ['cfg at scale 1, which needs one side', { guidance: { name: 'cfg', config: { scale: 1 } } }],
    [
      'cfg with a conditioner of one side: requests may bring `negative`',
      { guidance: 'cfg', conditioner: 'one-sided' },
    ],
    ['cfg with both sides', { ...labels, denoiser: mlp({ classes: 3 }), guidance: 'cfg' }],
    ['autoguidance with two networks', { guidance: 'autoguidance', 'denoiser:weak': mlp({ width: 2 }) }],
    ['a classifier beside a network without classes', { ...labels, guidance: 'classifier', classifier: 'bayes' }],
    ['cfg-plus-plus with ddim', { ...labels, denoiser: mlp({ classes: 3 }), guidance: 'cfg-plus-plus' }],
    ['dynamic thresholding', {}, { clip: { quantile: 0.995, max: 1.5 } }],
  ])('but not %s', async (_, slots, sample) => {
    expect(await refusal(slots, sample)).toBeUndefined();
  });
});

describe('cfg with a conditioner of one side', () => {
  const recipe = {
    ...{ format: 1, preset: 'ddpm', sample: { steps: 2 } },
    plugins: { engine: 'tfjs-cpu', denoiser: mlp(), guidance: 'cfg', conditioner: 'one-sided' },
  };

  it('is refused before the first step where the request has no `negative`', async () => {
    await using pipeline = await diffusion(recipe, { plugins });
    const error = { code: 'RXD_COMBINATION', message: expect.stringMatching(/no unconditional side[^]*`negative`/) };
    await expect(pipeline.sample()).rejects.toMatchObject(error);
    const late = { conditionsFrom: [{ from: 0.5, negative: 1 }] };
    await expect(pipeline.sample(late)).rejects.toMatchObject(error);
  });

  it.each<[what: string, ask: SampleOptions]>([
    ['in the request', { negative: 1 }],
    ['live', { live: { negative: of(1) } }],
    ['from the first step on', { conditionsFrom: [{ from: 0, negative: 1 }] }],
  ])('samples with `negative` %s', async (_, ask) => {
    await using pipeline = await diffusion(recipe, { plugins });
    using result = await pipeline.sample(ask);
    expect(result.nfe).toBe(2);
  });
});
