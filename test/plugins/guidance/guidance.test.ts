import { describe, expect, it } from 'vitest';
import { Roles, vpLevel, type Guidance } from 'rxdiffusion';
import { float64Of, float64Space, fromFloat64, guidanceLaws } from 'rxdiffusion/testing';
import { create, made, pluginsOf } from '../plugins-of.js';

const level = vpLevel(500, 0.3);
const vector = (...values: number[]) => fromFloat64(Float64Array.from(values));
const conditional = { denoised: vector(1, 2), noise: vector(0.1, 0.2) };
const unconditional = { denoised: vector(-1, 4), noise: vector(0.5, -0.2) };
const combine = (guidance: Guidance, live = {}): readonly number[] => {
  const context = { ...float64Space(), level, x: vector(0, 0), conditional, unconditional, live };
  return [...float64Of(guidance.combine({}, context)[1].denoised)];
};

describe('every guidance', () => {
  it.each(pluginsOf(Roles.guidance))('%s keeps the laws', async (_, definition) => {
    const guidance = await create(definition);
    expect(() => guidanceLaws(guidance)).not.toThrow();
  });
});

describe('cfg', () => {
  it('is the conditional side at scale 1, the unconditional one at 0, and asks for no other', async () => {
    const [one, zero] = [
      await made(Roles.guidance, 'cfg', { scale: 1 }),
      await made(Roles.guidance, 'cfg', { scale: 0 }),
    ];
    expect(combine(one)).toEqual([1, 2]);
    expect(combine(zero)).toEqual([-1, 4]);
    expect(one.branches(level, {})).toBe('conditional');
    expect(zero.branches(level, {})).toBe('unconditional');
  });

  it('goes beyond the conditional side by its scale (Ho & Salimans 2022, equation 6)', async () => {
    expect(combine(await made(Roles.guidance, 'cfg', { scale: 3 }))).toEqual([-1 + 3 * 2, 4 + 3 * -2]);
  });

  it('takes its scale live', async () => {
    const cfg = await made(Roles.guidance, 'cfg', { scale: 3 });
    expect(combine(cfg, { scale: 2 })).toEqual([3, 0]);
    expect(cfg.branches(level, { scale: 1 })).toBe('conditional');
    expect(cfg.live?.['scale']?.('much')).toBe(false);
  });
});

describe('guidanceLaws can fail', () => {
  const cases: readonly (readonly [string, Guidance['combine']])[] = [
    ['keeps x', (state, ctx) => [state, { denoised: (ctx.conditional as typeof conditional).denoised, noise: ctx.x }]],
    [
      'two equal sides',
      (state, { combine: join, conditional: side, x }) => {
        const { denoised, noise } = side as typeof conditional;
        return [state, { denoised: join([1, denoised], [level.sigma, x]), noise: join([1, noise], [-level.alpha, x]) }];
      },
    ],
    [
      'changes nothing',
      (state, { conditional: side }) => {
        float64Of((side as typeof conditional).denoised)[0] = 7;
        return [state, side as typeof conditional];
      },
    ],
  ];
  it.each(cases)('%s', (_, wrong) => {
    const guidance: Guidance = { branches: () => 'both', init: () => ({}), combine: wrong };
    expect(() => guidanceLaws(guidance)).toThrow('A law of guidances is broken');
  });
});
