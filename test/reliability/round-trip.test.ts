import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ParameterSet } from '../../src/core/contracts/denoiser.js';
import type { Use } from '../../src/core/assembly/recipe.js';
import { DiffusionError } from '../../src/core/errors/diffusion-error.js';
import { catalogue } from '../../src/core/assembly/catalogue.js';
import type { Role } from '../../src/core/assembly/role.js';
import { Roles } from '../../src/core/assembly/roles.js';
import { decodeCheckpoint, encodeCheckpoint, type Checkpoint } from '../../src/core/storage/checkpoint.js';
import { diffusion, type Diffusion } from '../../src/pipelines/diffusion.js';
import { standardPlugins } from '../../src/pipelines/presets/standard-plugins.js';
import { times } from '../effort.js';
import { figure } from '../figure.js';
import { randomConfig } from './random-config.js';

const PIPELINES = times(25, 1000);
const known = catalogue(standardPlugins);

/** Any plugin of a role, with any config. */
const anyOf = (role: Role<unknown>): fc.Arbitrary<Use> =>
  fc.oneof(
    ...known
      .of(role)
      // It makes as many steps as its tolerance asks for.
      .filter(({ name }) => name !== 'dpm-adaptive')
      .map((definition) => randomConfig(definition).map((config) => ({ name: definition.name, config }))),
  );

const drawn = fc.record({
  schedule: anyOf(Roles.schedule),
  grid: anyOf(Roles.grid),
  parameterization: anyOf(Roles.parameterization),
  sampler: anyOf(Roles.sampler),
  guidance: anyOf(Roles.guidance),
  optimizer: anyOf(Roles.optimizer),
  average: fc.option(anyOf(Roles.average)),
  denoiser: fc.record({
    width: fc.integer({ min: 1, max: 4 }).map((half) => 2 * half),
    blocks: fc.integer({ min: 1, max: 2 }),
    seed: fc.integer({ min: 0, max: 2 ** 31 }),
    classes: fc.constantFrom(undefined, 3),
  }),
  updates: fc.constantFrom(1, 2),
});

function recipeOf({ denoiser: { classes, ...network }, average, updates, ...plugins }: Drawn): object {
  const isOfClasses = classes !== undefined;
  const slots = {
    engine: 'tfjs-cpu',
    noise: 'philox',
    dataset: { name: 'two-moons', config: { size: 32 } },
    objective: 'denoising-score-matching',
    timestepSampler: 'uniform',
    store: 'memory',
    denoiser: { name: 'mlp', config: { ...network, ...(isOfClasses ? { classes } : {}) } },
    ...(isOfClasses ? { conditioner: { name: 'class-label', config: { classes: classes - 1 } } } : {}),
    ...(average ? { average } : {}),
    ...plugins,
  };
  const sample = { steps: 2, count: 2, ...(isOfClasses ? { condition: 1 } : {}) };
  return { format: 1, plugins: slots, train: { steps: updates, batchSize: 30 }, sample };
}

type Drawn = typeof drawn extends fc.Arbitrary<infer T> ? T : never;

/** Samples as bits, or the code of the refusal: some combinations of random plugins do not work. */
async function sampled(pipeline: Diffusion, parameters: ParameterSet): Promise<string> {
  try {
    using result = await pipeline.sample({ seed: 5, parameters });
    return new Uint32Array(result.images().data.slice().buffer).join();
  } catch (error) {
    if (error instanceof DiffusionError) return error.code;
    throw error;
  }
}

interface Saved {
  readonly file: Uint8Array;
  readonly samples: string;
}

/** Trains; gives the file of the checkpoint that is then the newest, and what the weights sample. */
async function saved(pipeline: Diffusion, resume?: Checkpoint): Promise<Saved> {
  using result = await pipeline.train(resume ? { resume } : {});
  const store = pipeline.assembly.get(Roles.store);
  const names = await store.list();
  return { file: await store.read(names.at(-1) ?? ''), samples: await sampled(pipeline, result.parameters) };
}

/** The same of a recipe; `undefined` where its plugins do not work together. */
async function savedBy(recipe: unknown): Promise<Saved | undefined> {
  try {
    await using pipeline = await diffusion(recipe, { plugins: standardPlugins });
    return await saved(pipeline);
  } catch (error) {
    if (error instanceof DiffusionError && error.code !== 'RXD_PLUGIN_FAILED') return undefined;
    throw error;
  }
}

it('what is saved, loaded and saved again is the same file, and gives the same samples', async () => {
  const counts = { pipelines: 0, samples: 0 };
  await fc.assert(
    fc.asyncProperty(drawn, async (one) => {
      const first = await savedBy(recipeOf(one));
      fc.pre(first !== undefined);
      const { file, samples } = first;
      const checkpoint = await decodeCheckpoint(file);
      expect(Buffer.compare(await encodeCheckpoint(checkpoint), file)).toBe(0);

      await using second = await diffusion(checkpoint.recipe, { plugins: standardPlugins });
      const again = await saved(second, checkpoint);
      expect(Buffer.compare(again.file, file)).toBe(0);
      expect(again.samples).toBe(samples);
      counts.pipelines++;
      counts.samples += samples.includes(',') ? 1 : 0;
    }),
    { numRuns: PIPELINES, seed: 5, maxSkipsPerRun: 1000 },
  );
  figure(
    'R5',
    `${counts.pipelines} random pipelines saved, loaded and saved again: 0 files differ; ` +
      `${counts.samples} of them sample, 0 outputs differ`,
  );
  expect(counts.samples).toBeGreaterThan(counts.pipelines / 3);
}, 600_000);
