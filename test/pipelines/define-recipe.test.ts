import { describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import {
  catalogue,
  defineRecipe,
  definePlugin,
  definePreset,
  diffusion,
  DiffusionError,
  explain,
  Plugin,
  RECIPE_FORMAT,
  role,
  Roles,
  sampleSettings,
  standardPlugins,
  trainSettings,
  type CatalogueEntry,
  type Recipe,
  type RecipeOf,
} from 'rxdiffusion';
import { nodePlugins } from 'rxdiffusion/node';

interface Upscaler {
  readonly factor: number;
}
const upscaler = role<Upscaler, 'one', 'upscaler'>('upscaler', 'one');

const sharper = definePlugin({
  role: upscaler,
  name: 'sharper',
  config: z.strictObject({ factor: z.int().describe('how much larger') }),
  create: ({ config }) => config,
});
const calm = definePlugin({
  role: Roles.sampler,
  name: 'calm',
  config: z.strictObject({ scale: z.number().default(1).describe('factor'), at: z.array(z.int()).default([]) }),
  create: () => null as never,
});
const office = definePreset({ name: 'office', description: 'Ours.', plugins: {} });
const plugins = [...standardPlugins, sharper, calm, office];

/** A role whose name the compiler does not know, as those made before names stood in types. */
const openRole = role<Upscaler>('open', 'one');
const inOpenRole = definePlugin({
  role: openRole,
  name: 'x',
  config: z.strictObject({}),
  create: () => ({ factor: 1 }),
});

@Plugin({ role: upscaler, name: 'blurred', config: z.strictObject({}) })
class Blurred implements Upscaler {
  readonly factor = 1;
}

describe('defineRecipe', () => {
  it('gives plain JSON, deeply frozen, of the current format', () => {
    const recipe = defineRecipe(standardPlugins, { preset: 'ddpm', plugins: { sampler: 'heun' } });
    expectTypeOf(recipe).toEqualTypeOf<Recipe>();
    expect(recipe).toEqual({ format: RECIPE_FORMAT, preset: 'ddpm', plugins: { sampler: 'heun' } });
    expect(JSON.parse(JSON.stringify(recipe))).toEqual(recipe);
    expect([recipe, recipe.plugins].every(Object.isFrozen)).toBe(true);
  });

  it('is taken by diffusion', async () => {
    const recipe = defineRecipe(plugins, {
      preset: 'ddpm',
      plugins: {
        denoiser: { name: 'mlp', config: { width: 8 } },
        dataset: 'two-moons',
        upscaler: { name: 'sharper', config: { factor: 2 } },
      },
      sample: { steps: 3, clip: { range: 2 } },
      train: { steps: 1, batchSize: 2 },
    });
    await using pipeline = await diffusion(recipe, { plugins });
    expect(pipeline.assembly.get(upscaler)).toEqual({ factor: 2 });
  });

  it('refuses at run time what types were passed over for', () => {
    expect(() => defineRecipe(standardPlugins, { plugins: { 'a b': 'c' } } as never)).toThrow('RXD_RECIPE_INVALID');
  });
});

/** Wrong for the compiler, and for the run where types were passed over. */
function expectRefusal<const P extends readonly CatalogueEntry[]>(list: P, recipe: RecipeOf<P[number]>): void {
  const asked = { format: RECIPE_FORMAT, ...recipe };
  const schemas = { sample: sampleSettings, train: trainSettings };
  expect(() => explain(catalogue(list), asked, schemas)).toThrow(DiffusionError);
}

describe('types of a recipe', () => {
  it('know slots, also labelled ones and those of further roles', () => {
    defineRecipe(plugins, {
      plugins: { sampler: 'calm', 'denoiser:weak': 'mlp', 'upscaler:late': { name: 'sharper', config: { factor: 3 } } },
    });
    defineRecipe(plugins, {
      plugins: { observer: ['progress', { name: 'json-lines', config: {} }], postProcessor: [] },
    });
    // @ts-expect-error: no such role
    expectRefusal(plugins, { plugins: { samplr: 'calm' } });
    // @ts-expect-error: no such role
    expectRefusal(plugins, { plugins: { 'samplr:a': 'calm' } });
    // @ts-expect-error: a role that holds many takes no label
    expectRefusal(plugins, { plugins: { 'observer:a': ['progress'] } });
    // @ts-expect-error: a role that holds many takes a list
    expectRefusal(plugins, { plugins: { observer: 'progress' } });
    // @ts-expect-error: a role that holds one takes no list
    expectRefusal(plugins, { plugins: { sampler: ['calm'] } });
    // @ts-expect-error: the list has no plugin of that role
    expectRefusal(standardPlugins, { plugins: { upscaler: 'sharper' } });
  });

  it('know the names of a role', () => {
    defineRecipe(nodePlugins, {
      plugins: { engine: 'onnxruntime', store: { name: 'folder', config: { path: 'out' } } },
    });
    // @ts-expect-error: no such sampler
    expectRefusal(plugins, { plugins: { sampler: 'eular' } });
    // @ts-expect-error: a grid is no sampler
    expectRefusal(plugins, { plugins: { sampler: 'karras' } });
    // @ts-expect-error: nor under a label
    expectRefusal(plugins, { plugins: { 'sampler:late': 'karras' } });
    // @ts-expect-error: Node only
    expectRefusal(plugins, { plugins: { engine: 'onnxruntime' } });
    // @ts-expect-error: not in this list
    expectRefusal(standardPlugins, { plugins: { sampler: 'calm' } });
  });

  it('know the keys of configs and their types', () => {
    defineRecipe(plugins, { plugins: { sampler: { name: 'calm', config: { scale: 2, at: [1, 2] } } } });
    const frozen = { scale: 1, at: [1, 2] } as const;
    defineRecipe(plugins, { plugins: { sampler: { name: 'calm', config: frozen } } });
    // @ts-expect-error: no such key
    expectRefusal(plugins, { plugins: { sampler: { name: 'calm', config: { scal: 2 } } } });
    // @ts-expect-error: a key of another sampler
    expectRefusal(plugins, { plugins: { sampler: { name: 'ddim', config: { sChurn: 2 } } } });
    // @ts-expect-error: not a number
    expectRefusal(plugins, { plugins: { sampler: { name: 'calm', config: { scale: '2' } } } });
    // @ts-expect-error: no such choice
    expectRefusal(plugins, { plugins: { sampler: { name: 'unipc', config: { variant: 'bh3' } } } });
    // @ts-expect-error: it has no keys
    expectRefusal(plugins, { plugins: { guidance: { name: 'none', config: { scale: 1 } } } });
    // @ts-expect-error: a key that has to be given
    expectRefusal(plugins, { plugins: { upscaler: { name: 'sharper', config: {} } } });
    // @ts-expect-error: a key that has to be given
    expectRefusal(plugins, { plugins: { upscaler: 'sharper' } });
    // @ts-expect-error: the items of a list
    expectRefusal(plugins, { plugins: { postProcessor: [{ name: 'upscale', config: { factr: 2 } }] } });
    // @ts-expect-error: no key of a use
    expectRefusal(plugins, { plugins: { sampler: { name: 'calm', configs: {} } } });
  });

  it('know presets and settings', () => {
    defineRecipe(plugins, { preset: 'office', plugins: {}, sample: { condition: [1, 2], clip: { quantile: 0.9 } } });
    // @ts-expect-error: no such preset
    expectRefusal(plugins, { preset: 'dpdm', plugins: {} });
    // @ts-expect-error: not in this list
    expectRefusal(standardPlugins, { preset: 'office', plugins: {} });
    // @ts-expect-error: no such setting
    expectRefusal(plugins, { plugins: {}, sample: { step: 2 } });
    // @ts-expect-error: another format
    expectRefusal(plugins, { format: 0, plugins: {} });
    // @ts-expect-error: no key of a recipe
    expectRefusal(plugins, { plugins: {}, samples: {} });
  });

  it('can be written apart', () => {
    const recipe = { preset: 'flow', plugins: { sampler: 'euler' } } satisfies RecipeOf<(typeof plugins)[number]>;
    expect(defineRecipe(plugins, recipe).preset).toBe('flow');
  });

  it('leave open what they cannot know, and keep the rest', () => {
    const withOpen = [...plugins, inOpenRole] as const;
    defineRecipe(withOpen, { plugins: { open: 'x', sampler: 'calm' } });
    // @ts-expect-error: the names of other roles are known
    expectRefusal(withOpen, { plugins: { open: 'x', sampler: 'eular' } });
    // @ts-expect-error: and their configs
    expectRefusal(withOpen, { plugins: { sampler: { name: 'calm', config: { scal: 2 } } } });
    defineRecipe([...plugins, Blurred], { plugins: { upscaler: 'blurred', sampler: 'calm' } });
    const entries: readonly CatalogueEntry[] = plugins;
    defineRecipe(entries, { preset: 'mine', plugins: { sampler: 'anything', 'x:y': { name: 'z', config: { a: 1 } } } });
    // @ts-expect-error: not a use of a plugin
    expectRefusal(entries, { plugins: { sampler: 5 } });
  });
});
