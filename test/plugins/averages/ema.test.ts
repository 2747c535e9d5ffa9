import { describe, expect, it } from 'vitest';
import { ema } from '../../../src/plugins/averages/ema.js';
import { made } from '../../core/training/tiny-fit.js';

describe('ema', () => {
  it("rises as diffusers' EMAModel does by default: a copy, then (1 + step)/(10 + step), up to the decay", () => {
    const { decay } = made(ema, { decay: 0.999 });
    expect([0, 1, 2, 90, 1e6].map(decay)).toEqual([0, 2 / 11, 3 / 12, 91 / 100, 0.999]);
  });

  it('rises as a power', () => {
    const { decay } = made(ema, { decay: 0.99, warmUp: 'power', inverseGamma: 2, power: 0.5 });
    expect([0, 6, 1e9].map(decay)).toEqual([0, 0.5, 0.99]);
  });

  it('is constant without warm-up', () => {
    expect([0, 5].map(made(ema, { decay: 0.5, warmUp: 'none' }).decay)).toEqual([0.5, 0.5]);
  });

  it.each([{ decay: 1.1 }, { decay: -0.1 }, { warmUp: 'slow' }, { halfLife: 3 }])('refuses %j', (config) =>
    expect(ema.config.safeParse(config).success).toBe(false),
  );
});
