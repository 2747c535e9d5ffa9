import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { definePlugin, Roles, standardPlugins, type Recipe, type Sampler } from 'rxdiffusion';
import { configGrid, finiteLaws, samplerConformance } from 'rxdiffusion/testing';
import { full, times } from '../../effort.js';
import { create, made, pluginsOf } from '../plugins-of.js';

/** Values to try of the keys that samplers have in common. */
const VALUES: Readonly<Record<string, readonly unknown[]>> = {
  eta: full ? [0, 0.5, 1] : [0, 1],
  order: full ? [1, 2, 3] : [2, 3],
  lowerOrderFinal: [false, true],
  churn: [0, 10],
};

function recipeFor(sampler: Sampler): Recipe {
  const flows = sampler.needs?.paths?.includes('flow') ?? true;
  const denoiser = { name: 'mlp', config: { width: 4, blocks: 1 } };
  const grid = sampler.needs?.towards === 'noisy' ? { grid: 'towards-noise' } : {};
  return { format: 1, preset: flows ? 'flow' : 'ddpm', plugins: { engine: 'tfjs-cpu', denoiser, ...grid } };
}

/** For samplers that go to noise. */
const towardsNoise = definePlugin({
  role: Roles.grid,
  name: 'towards-noise',
  config: z.strictObject({}),
  create: () => ({
    levels: (schedule, steps) =>
      Array.from({ length: steps + 1 }, (_, i) =>
        schedule.at(schedule.tMin + ((schedule.tMax - schedule.tMin) * (i + 0.5)) / (steps + 1)),
      ),
  }),
});
const plugins = [...standardPlugins, towardsNoise];

describe('every sampler conforms', () => {
  it.each(pluginsOf(Roles.sampler))('%s', async (_, definition) => {
    const recipe = recipeFor(await create(definition));
    const broken: string[] = [];
    for (const { law, check } of samplerConformance(definition, { plugins, recipe, steps: times(3, 5) }))
      await check().catch((error: unknown) => broken.push(`${law}: ${String(error)}`));
    expect(broken).toEqual([]);
  });

  it.each(pluginsOf(Roles.sampler))('%s ends finite over a grid of its configs', async (_, definition) => {
    const takes = (key: string, value: unknown): boolean => definition.config.safeParse({ [key]: value }).success;
    const own = Object.entries(VALUES).map(([key, all]) => [key, all.filter((value) => takes(key, value))] as const);
    const configs = configGrid(Object.fromEntries(own.filter(([, values]) => values.length > 0)));
    for (const config of configs.filter((some) => definition.config.safeParse(some).success)) {
      const sampler = await create(definition, config);
      expect(() => finiteLaws(sampler)).not.toThrow();
    }
  });
});

describe('conformance can fail', () => {
  const failing = async (broken: (honest: Sampler) => Partial<Sampler>): Promise<string[]> => {
    const [, definition] = pluginsOf(Roles.sampler).find(([name]) => name === 'ddim')!;
    const honest = await made(Roles.sampler, 'ddim');
    const wrong = { ...definition, name: 'wrong', create: () => ({ ...honest, ...broken(honest) }) };
    const failed: string[] = [];
    for (const { law, check } of samplerConformance(wrong, { plugins, recipe: recipeFor(honest) })) {
      await check().catch(() => failed.push(law));
    }
    return failed;
  };

  it('a sampler that counts its runs', async () => {
    let runs = 0;
    const failed = await failing((honest) => ({
      init: (x, ctx) => {
        runs++;
        return honest.init(x, ctx);
      },
      step: (state, ctx) => ({ x: ctx.combine([1 + 1e-3 * runs, honest.step(state, ctx).x]) }),
    }));
    expect(failed).toContain('equal runs are equal, alone and at once');
    expect(failed).toContain('a batch equals its singles');
    expect(failed).toContain('a swap of the sampler equals the composed run, at every step');
  });

  it('a sampler that says other calls than it makes', async () => {
    expect(await failing(() => ({ calls: () => 2 }))).toContain('keeps the laws of samplers: {}');
  });

  it('a sampler that divides by nothing', async () => {
    const failed = await failing(() => ({
      step: ({ x }, { from, to, denoise, combine }) => ({
        x: combine([to.sigma / from.alpha, x], [1 / to.sigma, denoise(x, from).denoised]),
      }),
    }));
    expect(failed).toContain('ends finite on every path: {}');
  });
});
