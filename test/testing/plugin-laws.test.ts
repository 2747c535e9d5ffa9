import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { catalogue, definePlugin, Roles, standardPlugins, type PluginDefinition } from 'rxdiffusion';
import { nodePlugins } from 'rxdiffusion/node';
import { configGrid, pluginLaws } from 'rxdiffusion/testing';

/** Configs of those that cannot do without. */
const ASKED: Readonly<Record<string, object>> = {
  'class-label': { classes: 3 },
  'custom-betas': { betas: [0.1, 0.2] },
  'custom-alphas-cumprod': { alphasCumprod: [0.9, 0.5] },
  'custom-lambda': {
    points: [
      [0, 3],
      [1, -3],
    ],
  },
  custom: { times: [900, 500] },
  upscale: { factor: 2 },
  folder: { path: 'out' },
  patches: { height: 8, width: 8 },
  words: { vocabulary: ['a', 'b'] },
  idx: { images: 'images.gz' },
  'image-folder': { path: 'pictures', size: [32, 32] },
};

const definitions = [...new Set([standardPlugins, nodePlugins].flatMap((list) => catalogue(list).plugins))];

describe('every plugin of this package', () => {
  it.each(definitions.map((definition) => [definition.role.name, definition.name, definition] as const))(
    '%s %s keeps the laws of plugins',
    (_, name, definition) => {
      expect(() => pluginLaws(definition, [{ ...ASKED[name] }])).not.toThrow();
    },
  );
});

describe('pluginLaws can fail', () => {
  const key = z.number().describe('how much').default(1);
  const honest = definePlugin({
    role: Roles.observer,
    name: 'honest',
    version: '1.0.0',
    config: z.strictObject({ key }),
    create: () => ({ next: () => undefined }),
  });

  it.each<[law: string, broken: Partial<PluginDefinition>, config?: Readonly<Record<string, unknown>>]>([
    ['kebab-case', { name: 'Honest Plugin' }],
    ['x.y.z', { version: 'new' }],
    ['this contract', { apiVersion: 99 }],
    ['its schema takes', {}, { key: 'much' }],
    ['unknown keys', { config: z.object({ key }) }],
    ['has a description', { config: z.strictObject({ key: z.number().default(1) }) }],
    ['survives as JSON', { config: z.strictObject({ key: z.number().describe('limit').default(Infinity) }) }],
  ])('%s', (law, broken, config = {}) => {
    expect(() => pluginLaws({ ...honest, ...broken }, [config])).toThrow(law);
  });

  it('and an honest one passes', () => {
    expect(() => pluginLaws(honest, configGrid({ key: [0, 1, 2] }))).not.toThrow();
  });
});

describe('configGrid', () => {
  it('is every combination', () => {
    expect(configGrid({ order: [1, 2], eta: [0, 1] })).toEqual([
      { order: 1, eta: 0 },
      { order: 1, eta: 1 },
      { order: 2, eta: 0 },
      { order: 2, eta: 1 },
    ]);
    expect(configGrid({})).toEqual([{}]);
  });
});
