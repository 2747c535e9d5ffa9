import { describe, expect, it } from 'vitest';
import type { Branch, Guidance, GuidanceContext } from '../../src/core/contracts/guidance.js';
import type { Denoised } from '../../src/core/contracts/sampler.js';
import { guidanceLaws } from '../../src/testing/guidance-laws.js';
import { float64Of, fromFloat64 } from '../../src/core/tensors/float64-space.js';

const both: readonly Branch[] = [{ name: 'conditional' }, { name: 'unconditional', condition: 'unconditional' }];
const sideOf = ({ readings: { conditional } }: GuidanceContext): Denoised => conditional as Denoised;

describe('guidanceLaws can fail', () => {
  let counter = 0;
  const cases: readonly (readonly [law: string, combine: Guidance['combine'], rest: Partial<Guidance>])[] = [
    ['keeps x', (state, ctx) => [state, { denoised: sideOf(ctx).denoised, noise: ctx.x }], {}],
    [
      'it says that',
      (state, ctx) => {
        const { denoised, noise } = sideOf(ctx);
        const { alpha, sigma } = ctx.level;
        return [
          state,
          { denoised: ctx.combine([1, denoised], [sigma, ctx.x]), noise: ctx.combine([1, noise], [-alpha, ctx.x]) },
        ];
      },
      {},
    ],
    [
      'changes nothing',
      (state, ctx) => {
        float64Of(sideOf(ctx).denoised)[0] = 7;
        return [state, sideOf(ctx)];
      },
      {},
    ],
    [
      'equal arguments',
      (state, ctx) => [state, { ...sideOf(ctx), denoised: ctx.combine([1 + 1e-3 * counter++, sideOf(ctx).denoised]) }],
      { decouplesNoise: true },
    ],
    [
      'a batch equals its singles',
      (state, ctx) => {
        const { denoised, noise } = sideOf(ctx);
        const total = float64Of(denoised).reduce((sum, value) => sum + value, 0);
        return [state, { denoised: fromFloat64(float64Of(denoised).map((value) => value / total)), noise }];
      },
      { decouplesNoise: true },
    ],
    ['live key scale', (state, ctx) => [state, sideOf(ctx)], { live: { scale: () => true } }],
    ['branches have', (state, ctx) => [state, sideOf(ctx)], { branches: () => [{ name: 'twice' }, { name: 'twice' }] }],
  ];

  it.each(cases)('%s', (law, combine, rest) => {
    const guidance: Guidance = { branches: () => both, init: () => ({}), combine, ...rest };
    expect(() => guidanceLaws(guidance)).toThrow(law);
  });

  it('and an honest one passes', () => {
    const guidance: Guidance = {
      branches: () => both,
      init: () => ({}),
      combine: (state, ctx) => [state, sideOf(ctx)],
    };
    expect(() => guidanceLaws(guidance)).not.toThrow();
  });
});
