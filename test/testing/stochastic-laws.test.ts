import { describe, expect, it } from 'vitest';
import { Roles, type Sampler } from 'rxdiffusion';
import { samplerLaws } from 'rxdiffusion/testing';
import { full } from '../effort.js';
import { create, made, pluginsOf } from '../plugins/plugins-of.js';

/** What the laws say of a sampler: the law that is broken, or nothing. */
function broken(sampler: Sampler): string | undefined {
  try {
    samplerLaws(sampler);
    return undefined;
  } catch (error) {
    return String(error);
  }
}

/** A sampler that does something to each sample after another's step. */
function spoiled(sampler: Sampler, changes: Partial<Sampler>, added: number): Sampler {
  return {
    ...sampler,
    ...changes,
    step: (state, ctx) => {
      const { x } = sampler.step(state, ctx);
      return { x: ctx.combine([1, x], [added * ctx.to.sigma, ctx.noise('spoiled')]) };
    },
  };
}

/** A sampler whose noise is scaled. */
function scaled(sampler: Sampler, scale: number): Sampler {
  return {
    ...sampler,
    step: (state, ctx) =>
      sampler.step(state, {
        ...ctx,
        noise: (key) => ctx.combine([scale, ctx.noise(key)]),
        brownian: (from, to, rate) => ctx.combine([scale, ctx.brownian(from, to, rate)]),
      }),
  };
}

describe('the laws of stochastic samplers', () => {
  it.each(pluginsOf(Roles.sampler))('hold for %s, also with less noise of its own', async (_, definition) => {
    const known = [{}, { eta: 0 }, { gamma: 0 }, { sChurn: 0 }, { eta: 0.5 }].filter(
      (config) => definition.config.safeParse(config).success,
    );
    // Other tests hold them to the laws with their defaults.
    for (const config of full ? known : known.slice(1).slice(-1))
      expect(broken(await create(definition, config))).toBeUndefined();
  });

  it.each([3, 1.2, 0.5, 0.2])('fail on DDIM with %f sigma of noise too much', async (added) => {
    const ddim = await made(Roles.sampler, 'ddim');
    expect(broken(spoiled(ddim, { stochastic: true }, added))).toMatch(/distributed as the data/);
  });

  it.each([0.5, 0.8, 0.95, 1.05, 1.25, 2])('fail where noise has %f of its size', async (scale) => {
    const ddim = await made(Roles.sampler, 'ddim', { eta: 1 });
    expect(broken(scaled(ddim, scale))).toMatch(/distributed as the data/);
  });

  const STOCHASTIC = [
    ...[
      'ddpm',
      'euler-ancestral',
      'dpmpp-2m-sde',
      'dpmpp-3m-sde',
      'dpmpp-sde',
      'sa-solver',
      'lcm',
      'tcd',
      'edm',
      'restart',
    ],
    ...['sde-dpm-solver', 'predictor-corrector', 'flow-euler-ancestral'],
  ];
  it.each(full ? STOCHASTIC : STOCHASTIC.slice(0, 3))(
    'fail on noise that is a twentieth too much or too little in %s',
    async (name) => {
      const sampler = await made(Roles.sampler, name);
      for (const scale of [1.05, 0.95])
        expect(broken(scaled(sampler, scale))).toMatch(
          /distributed as the data: their noise has the size of the level/,
        );
    },
  );

  it('fail on an order that a stochastic sampler does not have', async () => {
    const ddim = await made(Roles.sampler, 'ddim', { eta: 1 });
    expect(broken({ ...ddim, order: 7 })).toMatch(/order of convergence is 7/);
    expect(broken({ ...ddim, order: 2 })).toMatch(/order of convergence is 2/);
    expect(broken({ ...ddim, order: 1 })).toBeUndefined();
    expect(broken({ ...ddim, order: 0 })).toMatch(/an order is 1 or more/);
  });

  it('fail on an order above or below that of a deterministic sampler', async () => {
    for (const [, definition] of pluginsOf(Roles.sampler)) {
      const sampler = await create(definition);
      if (sampler.stochastic || sampler.stepSize || sampler.needs?.towards === 'noisy') continue;
      expect(broken(sampler)).toBeUndefined();
      for (const order of [sampler.order - 1, sampler.order + 1])
        expect(broken({ ...sampler, order })).toMatch(/order of convergence|an order is 1 or more/);
    }
  });

  it('fail on a flag that says other than the sampler does', async () => {
    const [ode, sde] = [await made(Roles.sampler, 'ddim'), await made(Roles.sampler, 'ddim', { eta: 1 })];
    expect(broken({ ...ode, stochastic: true })).toMatch(/that is stochastic draws noise/);
    expect(broken({ ...ode, stochastic: true, order: 7 })).toMatch(/that is stochastic draws noise/);
    expect(broken({ ...sde, stochastic: false })).toMatch(/not stochastic draws no noise/);
  });
});
