import { outputOf } from '../../src/core/tensors/network-output.js';
import { beforeAll, describe, expect, it } from 'vitest';
import * as tf from '@tensorflow/tfjs';
import type { Denoiser } from '../../src/core/contracts/denoiser.js';
import { DiffusionError } from '../../src/core/errors/diffusion-error.js';
import { catalogue } from '../../src/core/assembly/catalogue.js';
import type { PluginDefinition } from '../../src/core/assembly/define-plugin.js';
import type { Role } from '../../src/core/assembly/role.js';
import { Roles } from '../../src/core/assembly/roles.js';
import { diffusion } from '../../src/pipelines/diffusion.js';
import { standardPlugins } from '../../src/pipelines/presets/standard-plugins.js';
import { bayes } from './tiny-classifier.js';
import { dice } from './tiny-pipeline.js';
import { line } from './tiny-plugins.js';

const COMBINATIONS = 150;
/** Configs of those that cannot do without. */
const ASKED: Readonly<Record<string, object>> = {
  'custom-betas': { betas: [0.01, 0.02, 0.05, 0.1] },
  'custom-alphas-cumprod': { alphasCumprod: [0.99, 0.9, 0.6, 0.2] },
  'custom-lambda': {
    points: [
      [0, 4],
      [1, -4],
    ],
  },
};
/** A network whose output stays in [-1, 1]: what is no number comes from the combination then, and not from the network. */
const bounded: PluginDefinition<Denoiser> = {
  ...line,
  name: 'bounded',
  async create(deps) {
    const denoiser = await line.create(deps);
    return { ...denoiser, predict: (...input) => tf.tanh(outputOf(denoiser.predict(...input))) };
  },
};
const plugins = [...standardPlugins, bounded, bayes];
const known = catalogue(plugins);
const pick = dice('combinations');

const one = (role: Role<unknown>): object => {
  const all = known.of(role);
  const { name } = all[pick(0, all.length - 1)]!;
  return { name, config: ASKED[name] ?? (name === 'custom' ? { times: [0.9, 0.5] } : {}) };
};

function recipe() {
  const steps = pick(1, 12);
  const conditioned = pick(0, 3) > 0;
  const guided = pick(0, 3) > 0;
  return {
    format: 1,
    plugins: {
      engine: 'tfjs-cpu',
      noise: 'philox',
      denoiser: 'bounded',
      schedule: one(Roles.schedule),
      grid: one(Roles.grid),
      parameterization: one(Roles.parameterization),
      sampler: one(Roles.sampler),
      ...(conditioned ? { conditioner: { name: 'class-label', config: { classes: 2 } } } : {}),
      ...(guided ? { guidance: one(Roles.guidance) } : {}),
      ...(pick(0, 1) ? { 'denoiser:weak': { name: 'bounded', config: { gain: 0.2 } } } : {}),
      ...(pick(0, 1) ? { classifier: 'bayes' } : {}),
    },
    sample: {
      steps,
      count: 2,
      ...(conditioned ? { condition: 1 } : {}),
      ...(pick(0, 1) ? { clip: { range: 2 } } : {}),
    },
  };
}

/** What became of one combination; anything else is a fault, told as it came. */
const GOOD = new Set(['finite', 'refused at assembly', 'refused before the first call']);

async function outcomeOf(asked: ReturnType<typeof recipe>): Promise<string> {
  try {
    await using pipeline = await diffusion(asked, { plugins });
    return await sampled(pipeline);
  } catch (error) {
    if (error instanceof DiffusionError && REFUSALS.has(error.code)) return 'refused at assembly';
    return String(error);
  }
}

async function sampled(pipeline: Awaited<ReturnType<typeof diffusion>>): Promise<string> {
  try {
    using result = await pipeline.sample();
    return result.images().data.every(Number.isFinite) ? 'finite' : 'NaN';
  } catch (error) {
    const early = error instanceof DiffusionError && error.step === undefined && REFUSALS.has(error.code);
    return early ? 'refused before the first call' : `late: ${String(error)}`;
  }
}

const REFUSALS = new Set<string>(['RXD_COMBINATION', 'RXD_REQUEST_INVALID', 'RXD_PLUGIN_CONFIG']);

describe('random combinations of schedule, grid, prediction, sampler and guidance', () => {
  beforeAll(() => tf.setBackend('cpu'));
  it('run to finite samples, or are refused before the first network call', async () => {
    const wrong: string[] = [];
    const counts = new Map<string, number>();
    for (let i = 0; i < COMBINATIONS; i++) {
      const asked = recipe();
      const outcome = await outcomeOf(asked);
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
      if (!GOOD.has(outcome)) wrong.push(`${JSON.stringify({ ...asked.plugins, ...asked.sample })}: ${outcome}`);
    }
    expect(wrong).toEqual([]);
    expect(counts.get('finite') ?? 0).toBeGreaterThan(COMBINATIONS / 3);
    expect(counts.get('refused at assembly') ?? 0).toBeGreaterThan(COMBINATIONS / 10);
  });
});
