import * as tf from '@tensorflow/tfjs';
import * as fc from 'fast-check';
import { lastValueFrom, toArray } from 'rxjs';
import { z } from 'zod';
import { afterAll, describe, expect, it } from 'vitest';
import type { Classifier } from '../../src/core/contracts/classifier.js';
import type { Denoiser } from '../../src/core/contracts/denoiser.js';
import { DiffusionError } from '../../src/core/errors/diffusion-error.js';
import { catalogue } from '../../src/core/assembly/catalogue.js';
import { definePlugin } from '../../src/core/assembly/define-plugin.js';
import type { Use } from '../../src/core/assembly/recipe.js';
import type { Role } from '../../src/core/assembly/role.js';
import { Roles } from '../../src/core/assembly/roles.js';
import { diffusion } from '../../src/pipelines/diffusion.js';
import { standardPlugins } from '../../src/pipelines/presets/standard-plugins.js';
import { pixels } from '../../src/pipelines/sampling/pixels.js';
import { times } from '../effort.js';
import { FOUND, type Combination } from './found-combinations.js';
import { randomConfig } from './random-config.js';

const RUNS = times(150, 2000);
/** It makes as many steps as its tolerance asks for, thousands where that is drawn at random: none is narrower here. */
const BOUNDED: Readonly<Record<string, object>> = { 'dpm-adaptive': { hMin: 0.2 } };
let calls = 0;

/** A network whose output is at most 1, and which counts its calls; with a learned variance if asked. */
const bounded = definePlugin({
  role: Roles.denoiser,
  name: 'bounded',
  config: z.strictObject({ variance: z.boolean(), classes: z.number() }),
  create: ({ config: { variance, classes } }): Denoiser => ({
    info: { sampleShape: [2], ...(classes > 0 ? { classes } : {}), ...(variance ? { learnsVariance: true } : {}) },
    parameters: {},
    predict(_, x) {
      calls++;
      const output = tf.tanh(x);
      return variance ? tf.concat([output, tf.neg(output)], -1) : output;
    },
  }),
});

/** Finds every class likelier near the origin. */
const origin = definePlugin({
  role: Roles.classifier,
  name: 'origin',
  config: z.strictObject({}),
  create: (): Classifier => ({
    info: { sampleShape: [2], classes: 2 },
    parameters: {},
    logProbability: (_, x) => tf.neg(tf.sum(tf.square(tf.tanh(x)), -1)),
  }),
});

/** Any plugin of a role, with any config. */
function anyOf<T>(role: Role<T>): fc.Arbitrary<Use> {
  const definitions = catalogue(standardPlugins).of(role);
  return fc.oneof(
    ...definitions.map((definition) => {
      const { name } = definition;
      return randomConfig(definition).map((config) => ({ name, config: { ...config, ...BOUNDED[name] } }));
    }),
  );
}

const recipes: fc.Arbitrary<Combination> = fc.record({
  schedule: anyOf(Roles.schedule),
  grid: anyOf(Roles.grid),
  parameterization: anyOf(Roles.parameterization),
  sampler: anyOf(Roles.sampler),
  guidance: anyOf(Roles.guidance),
  classes: fc.constantFrom(0, 3, 3, 3, 3),
  variance: fc.boolean(),
  hasWeak: fc.boolean(),
  hasClassifier: fc.boolean(),
  steps: fc.integer({ min: 1, max: 6 }),
});

/** What is wrong with a run: nothing, or a refusal before the first network call. */
async function outcomeOf({
  classes,
  variance,
  hasWeak,
  hasClassifier,
  steps,
  ...plugins
}: Combination): Promise<string | undefined> {
  const conditioner = classes > 0 ? { conditioner: { name: 'class-label', config: { classes: classes - 1 } } } : {};
  const denoiser = { name: 'bounded', config: { classes, variance } };
  const others = {
    ...(hasWeak ? { 'denoiser:weak': denoiser } : {}),
    ...(hasClassifier ? { classifier: 'origin' } : {}),
  };
  const slots = { engine: 'tfjs-cpu', noise: 'philox', ...plugins, ...conditioner, ...others, denoiser };
  calls = 0;
  try {
    await using pipeline = await diffusion(
      { format: 1, plugins: slots },
      { plugins: [...standardPlugins, bounded, origin] },
    );
    const condition = classes > 0 ? { condition: 1 } : {};
    const events = pipeline.sample.events({ steps, count: 2, ...condition }).pipe(pixels('x'), toArray());
    const seen = await lastValueFrom(events);
    expect(seen.every(({ images }) => images.data.every(Number.isFinite))).toBe(true);
    return undefined;
  } catch (error) {
    if (!(error instanceof DiffusionError)) throw error;
    // It finds its steps as it goes, and gives up where they stay too narrow.
    if (error.problem.startsWith('dpm-adaptive has tried')) return `${error.code}: dpm-adaptive gave up`;
    if (calls > 0 || error.code === 'RXD_PLUGIN_FAILED' || error.code === 'RXD_PLUGIN_OUTPUT') throw error;
    return `${error.code}: ${error.problem}`;
  }
}

describe('any sampler, schedule, grid, prediction and guidance, with any config', () => {
  const outcomes = new Map<string, number>();
  afterAll(() => {
    const [ran, refused] = [outcomes.get('ran') ?? 0, RUNS - (outcomes.get('ran') ?? 0)];
    console.log(`${ran} combinations ran, ${refused} were refused`, Object.fromEntries(outcomes));
  });

  it(`runs without NaN, or is refused before it starts (${RUNS} of them)`, { timeout: 240_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(recipes, async (combination) => {
        const outcome = (await outcomeOf(combination)) ?? 'ran';
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      }),
      { numRuns: RUNS, seed: 5, endOnFailure: true, examples: FOUND.map((combination) => [combination]) },
    );
    expect(outcomes.get('ran')).toBeGreaterThan(RUNS / 5);
  });
});
