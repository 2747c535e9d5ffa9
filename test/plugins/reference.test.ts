import { describe, expect, it } from 'vitest';
import { catalogue, Roles } from 'rxdiffusion';
import { nodePlugins } from 'rxdiffusion/node';
import { onnxruntimeWeb } from 'rxdiffusion/onnxruntime-web';
import { create, pluginsOf } from './plugins-of.js';

const known = catalogue([...nodePlugins, onnxruntimeWeb]);
const named = known.plugins.map((plugin) => [`${plugin.role.name}/${plugin.name}`, plugin] as const);

describe('every plugin of this package', () => {
  it.each(named)('%s says what it is, where it comes from and when to choose it', (_, { summary, reference, tags }) => {
    expect(summary).toMatch(/^[^\n]{10,140}\.$/);
    expect(reference).toMatch(/^[^\n]{10,200}[^.]$/);
    expect(tags?.['when']).toMatch(/^[^\n]{5,120}[^.]$/);
  });
});

describe('the tags of a sampler', () => {
  it.each(pluginsOf(Roles.sampler))('%s are what it does with its defaults', async (_, definition) => {
    const { order, stochastic, calls = () => 1 } = await create(definition);
    const level = (lambda: number) => ({ t: 0.5, alpha: Math.SQRT1_2, sigma: Math.SQRT1_2, lambda });
    const inside = { index: 5, count: 12, from: level(0), to: level(0.4), after: level(0.8) };
    expect(definition.tags).toMatchObject({ order, stochastic, calls: calls(inside) });
  });
});
