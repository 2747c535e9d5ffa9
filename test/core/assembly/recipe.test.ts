import { describe, expect, it } from 'vitest';
import { definePreset } from '../../../src/core/assembly/preset.js';
import { migrateRecipe, parseRecipe, RECIPE_FORMAT } from '../../../src/core/assembly/recipe.js';
import { failure } from './fixtures.js';

const parse = (text: string): unknown => parseRecipe(JSON.parse(text));

describe('parseRecipe', () => {
  it('gives a deeply frozen copy', () => {
    const json = {
      format: 1,
      preset: 'ddpm',
      plugins: { sampler: { name: 'ddim', config: { eta: [0] } }, observer: ['progress'] },
    };
    const recipe = parseRecipe(json);
    expect(recipe).toEqual(json);
    const use = recipe.plugins['sampler'] as unknown as { config: { eta: number[] } };
    expect(() => use.config.eta.push(1)).toThrow(TypeError);
    json.plugins.sampler.config.eta.push(2);
    expect(use.config.eta).toEqual([0]);
  });

  it('needs no plugins beside a preset', () => {
    expect(parse('{"format": 1, "preset": "ddpm"}')).toEqual({ format: 1, preset: 'ddpm', plugins: {} });
  });

  it('takes labelled slots', () => {
    expect(parse('{"format": 1, "plugins": {"denoiser:weak": "mlp"}}')).toHaveProperty(
      ['plugins', 'denoiser:weak'],
      'mlp',
    );
  });

  const bad: readonly [what: string, recipe: unknown, ...says: string[]][] = [
    ['text', '{"format": 1}', 'recipe is a string'],
    ['null', null, 'recipe is null'],
    ['a list', [], 'recipe is a list'],
    ['an unknown key', { format: 1, plugin: {} }, "unknown key 'plugin'", "did you mean 'plugins'?"],
    ['no format', { plugins: {} }, 'format is missing', '"format": 1'],
    ['a format in words', { format: 'one', plugins: {} }, '"one"'],
    ['half a format', { format: 0.5, plugins: {} }, '0.5'],
    ['a preset that is no name', { format: 1, preset: {}, plugins: {} }, 'recipe.preset'],
    ['plugins as a list', { format: 1, plugins: ['ddim'] }, 'recipe.plugins is a list'],
    ['a slot without plugin', { format: 1, plugins: { sampler: null } }, 'recipe.plugins.sampler is null'],
    ['a slot with a number', { format: 1, plugins: { sampler: 3 } }, 'recipe.plugins.sampler is a number'],
    ['a use without name', { format: 1, plugins: { sampler: { config: {} } } }, 'recipe.plugins.sampler.name'],
    [
      'a use with a strange key',
      { format: 1, plugins: { sampler: { name: 'a', confg: {} } } },
      "'confg'",
      "'config'",
      'name, config',
    ],
    [
      'a config that is no object',
      { format: 1, plugins: { observer: [{ name: 'a', config: [] }] } },
      'recipe.plugins.observer[0].config is a list',
    ],
    ['two labels', { format: 1, plugins: { 'a:b:c': 'x' } }, 'recipe.plugins.a:b:c'],
    ['an empty label', { format: 1, plugins: { 'a:': 'x' } }, '`role:label`'],
    ['train as a number', { format: 1, plugins: {}, train: 3 }, 'recipe.train is a number'],
    ['code', { format: 1, plugins: { sampler: { name: 'a', config: { run: () => 1 } } } }, 'config.run is a function'],
    ['an instance', { format: 1, plugins: {}, train: { since: new Date(0) } }, 'recipe.train.since is a Date'],
    ['infinity', { format: 1, plugins: {}, train: { steps: Infinity } }, 'recipe.train.steps is Infinity'],
    ['a hole', { format: 1, plugins: { observer: [undefined] } }, 'observer[0] is undefined'],
  ];
  it.each(bad)('refuses %s', async (_, recipe, ...says) => {
    await failure('RXD_RECIPE_INVALID', () => parseRecipe(recipe), ...says);
  });

  it('refuses what never ends, without a crash', async () => {
    const ring: Record<string, unknown> = {};
    ring['again'] = ring;
    await failure('RXD_RECIPE_INVALID', () => parseRecipe({ format: 1, plugins: {}, train: ring }), 'deeper than 64');
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    await failure('RXD_RECIPE_INVALID', () => parse(`{"format": 1, "plugins": {}, "train": {"a": ${deep}}}`));
  });

  it.each([
    '{"format": 1, "__proto__": {"polluted": true}, "plugins": {}}',
    '{"format": 1, "plugins": {"__proto__": {"name": "a", "polluted": true}}}',
    '{"format": 1, "plugins": {"sampler": {"name": "a", "config": {"__proto__": {"polluted": true}}}}}',
    '{"format": 1, "plugins": {}, "sample": {"a": [{"__proto__": {"polluted": true}}]}}',
    '{"__proto__": {"polluted": true}}',
  ])('lets __proto__ do nothing: %s', async (text) => {
    await failure('RXD_RECIPE_INVALID', () => parse(text), '__proto__');
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

describe('formats', () => {
  it('migrates format 0: slots beside preset and settings', () => {
    const old = {
      schedule: 'linear',
      sampler: { name: 'ddim', config: { eta: 0 } },
      preset: 'ddpm',
      sample: { steps: 10 },
    };
    const expected = {
      format: 1,
      preset: 'ddpm',
      sample: { steps: 10 },
      plugins: { schedule: 'linear', sampler: { name: 'ddim', config: { eta: 0 } } },
    };
    expect(parseRecipe(old)).toEqual(expected);
    expect(parseRecipe({ format: 0, ...old })).toEqual(expected);
    expect(migrateRecipe(old)).toEqual(expected);
  });

  it('leaves the current one as it is', () => {
    const recipe = { format: RECIPE_FORMAT, plugins: { schedule: 'linear' } };
    expect(migrateRecipe(recipe)).toBe(recipe);
  });

  it('refuses a newer one, naming both versions, before it looks at its keys', async () => {
    const newer = { format: RECIPE_FORMAT + 1, plugins: {}, graph: {} };
    await failure(
      'RXD_FORMAT_VERSION',
      () => parseRecipe(newer),
      `format ${RECIPE_FORMAT + 1}`,
      `up to ${RECIPE_FORMAT}`,
    );
  });
});

describe('definePreset', () => {
  it('is checked and frozen', async () => {
    const preset = definePreset({ name: 'p', description: 'd', plugins: { sampler: 'ddim' }, train: { steps: 1 } });
    expect(preset).toEqual({ name: 'p', description: 'd', plugins: { sampler: 'ddim' }, train: { steps: 1 } });
    expect(Object.isFrozen(preset.plugins)).toBe(true);
    const wrong = { name: 'p', description: 'd', plugins: {}, sampel: {} };
    await failure('RXD_RECIPE_INVALID', () => definePreset(wrong), 'preset p', "did you mean 'sample'?");
  });
});
