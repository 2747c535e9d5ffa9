import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Roles, type Branch, type Denoised, type Guidance, type GuidanceState, type NoiseLevel } from 'rxdiffusion';
import { vpLevel } from 'rxdiffusion/plugin';
import { float64Of, float64Space, fromFloat64, guidanceLaws } from 'rxdiffusion/testing';
import { create, made, pluginsOf } from '../plugins-of.js';

const level = vpLevel(500, 0.3);
const vector = (...values: number[]) => fromFloat64(Float64Array.from(values));
const x = vector(0.4, -0.7);
const readingOf = (...denoised: number[]): Denoised => {
  const clean = vector(...denoised);
  return {
    denoised: clean,
    noise: float64Space().combine([1 / level.sigma, x], [-level.alpha / level.sigma, clean]),
  };
};
const [conditional, unconditional, weak] = [readingOf(1, 2), readingOf(-1, 4), readingOf(0.5, 0.5)];
const [perturbed, left, up] = [readingOf(0.8, 2.5), readingOf(2, -1), readingOf(0, 3)];

/** The branches of classifier-free guidance in a word. */
const asked = (branches: readonly Branch[]): string => (branches.length === 2 ? 'both' : (branches[0]?.name ?? 'none'));

interface Ask {
  readonly live?: Readonly<Record<string, unknown>>;
  readonly index?: number;
  readonly at?: NoiseLevel;
  readonly state?: GuidanceState;
}

function combined(guidance: Guidance, { live = {}, index = 5, at = level, state = guidance.init() }: Ask = {}) {
  const readings = { conditional, unconditional, weak, perturbed, left, up };
  const sources = { readings, classGradient: () => vector(0.2, -0.1) };
  const context = { ...float64Space(), ...sources, index, count: 10, level: at, x, live };
  return guidance.combine(state, context);
}

const numbers = (of: 'denoised' | 'noise', guidance: Guidance, ask: Ask = {}): number[] => [
  ...float64Of(combined(guidance, ask)[1][of]),
];
const denoisedBy = (guidance: Guidance, ask: Ask = {}): number[] => numbers('denoised', guidance, ask);
const expectClose = (got: readonly number[], expected: readonly number[]): void =>
  expected.forEach((value, i) => expect(got[i]).toBeCloseTo(value, 10));
const stdOf = (values: readonly number[]): number => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
};

describe('every guidance', () => {
  it.each(pluginsOf(Roles.guidance))('%s keeps the laws', async (_, definition) => {
    const guidance = await create(definition);
    expect(() => guidanceLaws(guidance)).not.toThrow();
  });

  it.each(['cfg', 'cfg-rescale', 'interval', 'apg', 'magnitude-aware', 'tangential', 'cfg-zero-star', 'autoguidance'])(
    '%s is the conditional side at scale 1, and asks for no other, also live',
    async (name) => {
      const guidance = await made(Roles.guidance, name, { scale: 1 });
      const later = await made(Roles.guidance, name, { scale: 3 });
      expect(asked(guidance.branches(level, {}))).toBe('conditional');
      expect(denoisedBy(guidance)).toEqual([1, 2]);
      expect(asked(later.branches(level, { scale: 1 }))).toBe('conditional');
      expect(denoisedBy(later, { live: { scale: 1 } })).toEqual([1, 2]);
      expect(denoisedBy(later)).not.toEqual([1, 2]);
    },
  );

  it.each(pluginsOf(Roles.guidance).map(([name]) => name))(
    '%s takes live scales that its config takes',
    async (name) => {
      const guidance = await made(Roles.guidance, name, {});
      expect(['none', 'cached'].includes(name) || guidance.live?.['scale']?.(0.5)).toBe(true);
      expect(guidance.live?.['scale']?.('much') ?? false).toBe(false);
      expect(guidance.live?.['scale']?.(Number.NaN) ?? false).toBe(false);
    },
  );
});

describe('cfg', () => {
  it('is the unconditional side at scale 0, and asks for no other', async () => {
    const zero = await made(Roles.guidance, 'cfg', { scale: 0 });
    expect(denoisedBy(zero)).toEqual([-1, 4]);
    expect(asked(zero.branches(level, {}))).toBe('unconditional');
  });

  it('goes beyond the conditional side by its scale (Ho & Salimans 2022, equation 6)', async () => {
    expect(denoisedBy(await made(Roles.guidance, 'cfg', { scale: 3 }))).toEqual([-1 + 3 * 2, 4 + 3 * -2]);
  });
});

describe('cfg-rescale', () => {
  it.each([
    ['x0', (denoised: number) => denoised],
    ['epsilon', (_: number, noise: number) => noise],
    ['v', (denoised: number, noise: number) => level.alpha * noise - level.sigma * denoised],
    ['flow', (denoised: number, noise: number) => noise - denoised],
  ] as const)('gives %s the deviation of the conditional side at phi 1', async (of, output) => {
    const guidance = await made(Roles.guidance, 'cfg-rescale', { scale: 4, phi: 1, of });
    const outputs = ({ denoised, noise }: Denoised): number[] =>
      [...float64Of(denoised)].map((value, i) => output(value, float64Of(noise)[i] ?? Number.NaN));
    const [, result] = combined(guidance);
    expect(stdOf(outputs(result))).toBeCloseTo(stdOf(outputs(conditional)), 10);
  });

  it('is cfg at phi 0, and halfway between at phi 0.5', async () => {
    const rescaled = (phi: number) => made(Roles.guidance, 'cfg-rescale', { scale: 4, phi });
    const [cfg, half, full] = [
      denoisedBy(await rescaled(0)),
      denoisedBy(await rescaled(0.5)),
      denoisedBy(await rescaled(1)),
    ];
    expectClose(cfg, denoisedBy(await made(Roles.guidance, 'cfg', { scale: 4 })));
    expectClose(
      half,
      cfg.map((value, i) => (value + (full[i] ?? 0)) / 2),
    );
  });
});

describe('interval', () => {
  it('is cfg where it covers everything, also from pure noise', async () => {
    const everywhere = await made(Roles.guidance, 'interval', { scale: 3, above: 0, upTo: null });
    const cfg = await made(Roles.guidance, 'cfg', { scale: 3 });
    expect(denoisedBy(everywhere)).toEqual(denoisedBy(cfg));
    expect(asked(everywhere.branches({ t: 999, alpha: 0, sigma: 1, lambda: -Infinity }, {}))).toBe('both');
  });

  it('asks for the conditional side alone outside, and includes its noisier end', async () => {
    const guidance = await made(Roles.guidance, 'interval', { scale: 3, above: 0.5, upTo: 2 });
    const branches = [2.01, 2, 1, 0.5, 0.4].map((sigma) =>
      asked(guidance.branches({ t: 0, alpha: 1, sigma, lambda: -Math.log(sigma) }, {})),
    );
    expect(branches).toEqual(['conditional', 'both', 'both', 'conditional', 'conditional']);
    expect(asked(guidance.branches({ t: 0, alpha: 0, sigma: 1, lambda: -Infinity }, {}))).toBe('conditional');
  });
});

describe('cfg-plus-plus', () => {
  it('guides the estimate and keeps the unconditional noise (Chung et al. 2024, algorithm 2)', async () => {
    const guidance = await made(Roles.guidance, 'cfg-plus-plus', { scale: 0.25 });
    expectClose(denoisedBy(guidance), [-1 + 0.25 * 2, 4 + 0.25 * -2]);
    expect(numbers('noise', guidance)).toEqual([...float64Of(unconditional.noise)]);
    expect(denoisedBy(guidance, { live: { scale: 0 } })).toEqual([-1, 4]);
  });
});

describe('apg', () => {
  const apg = (config: object) => made(Roles.guidance, 'apg', { scale: 3, momentum: 0, ...config });

  it('is cfg with its parallel part whole, no momentum and no threshold', async () => {
    const cfg = await made(Roles.guidance, 'cfg', { scale: 3 });
    expectClose(denoisedBy(await apg({ parallel: 1 })), denoisedBy(cfg));
    expectClose(numbers('noise', await apg({ parallel: 1 })), numbers('noise', cfg));
  });

  it('goes at a right angle to the conditional estimate without the parallel part', async () => {
    const [a = 0, b = 0] = denoisedBy(await apg({ parallel: 0 }));
    expect((a - 1) * 1 + (b - 2) * 2).toBeCloseTo(0, 10);
    expect(Math.hypot(a - 1, b - 2)).toBeGreaterThan(1);
  });

  it('cuts the direction to its threshold, and leaves shorter ones alone', async () => {
    const length = async (threshold: number) => {
      const [a = 0, b = 0] = denoisedBy(await apg({ parallel: 1, threshold }));
      return Math.hypot(a - 1, b - 2);
    };
    expect(await length(0.5)).toBeCloseTo(2 * 0.5, 10);
    expect(await length(50)).toBeCloseTo(2 * Math.hypot(2, -2), 10);
  });

  it('adds its momentum times the direction before', async () => {
    const guidance = await apg({ parallel: 1, momentum: -0.5 });
    const [state] = combined(guidance);
    expectClose(denoisedBy(guidance, { state }), [1 + 2 * 0.5 * 2, 2 + 2 * 0.5 * -2]);
  });
});

describe('cfg-zero-star', () => {
  const velocities = ({ denoised, noise }: Denoised) =>
    [...float64Of(noise)].map((value, i) => value - (float64Of(denoised)[i] ?? Number.NaN));

  it('scales the unconditional velocity to fit the conditional one best', async () => {
    const [, result] = combined(await made(Roles.guidance, 'cfg-zero-star', { scale: 0 }));
    const [fitted, towards, away] = [velocities(result), velocities(conditional), velocities(unconditional)];
    const misfit = (scale: number) => towards.reduce((sum, value, i) => sum + (value - scale * (away[i] ?? 0)) ** 2, 0);
    const scale = (fitted[0] ?? 0) / (away[0] ?? 1);
    expectClose(
      fitted,
      away.map((value) => scale * value),
    );
    expect(misfit(scale)).toBeLessThan(Math.min(misfit(scale + 1e-3), misfit(scale - 1e-3)));
  });

  it('stands still in the first steps', async () => {
    const guidance = await made(Roles.guidance, 'cfg-zero-star', { scale: 3, zeroSteps: 2 });
    const at = (index: number) => velocities(combined(guidance, { index })[1]);
    expectClose(at(1), [0, 0]);
    expect(Math.hypot(...at(2))).toBeGreaterThan(1);
  });
});

describe('autoguidance', () => {
  it('goes away from the weaker network', async () => {
    expect(denoisedBy(await made(Roles.guidance, 'autoguidance', { scale: 3 }))).toEqual([
      0.5 + 3 * 0.5,
      0.5 + 3 * 1.5,
    ]);
  });
});

describe('classifier', () => {
  it('takes sigma times the gradient off the noise (Dhariwal & Nichol 2021, algorithm 2)', async () => {
    const guidance = await made(Roles.guidance, 'classifier', { scale: 3 });
    const [a = 0, b = 0] = float64Of(conditional.noise);
    expectClose(numbers('noise', guidance), [a - 3 * level.sigma * 0.2, b + 3 * level.sigma * 0.1]);
  });

  it('asks nothing at scale 0 and where alpha is 0', async () => {
    const guidance = await made(Roles.guidance, 'classifier', { scale: 3 });
    expect(denoisedBy(guidance, { live: { scale: 0 } })).toEqual([1, 2]);
    expect(denoisedBy(guidance, { at: { t: 999, alpha: 0, sigma: 1, lambda: -Infinity } })).toEqual([1, 2]);
  });
});

describe('pag and skip-layer', () => {
  const noisy: NoiseLevel = { t: 900, alpha: 0.1, sigma: 0.99, lambda: Math.log(0.1 / 0.99) };
  const names = (guidance: Guidance, at = level, live = {}) => guidance.branches(at, live).map(({ name }) => name);

  it('go away from the perturbed network, beside cfg', async () => {
    const pag = await made(Roles.guidance, 'pag', { scale: 3 });
    expectClose(denoisedBy(pag), [1 + 3 * 0.2, 2 + 3 * -0.5]);
    const both = await made(Roles.guidance, 'pag', { scale: 3, cfgScale: 2 });
    expectClose(denoisedBy(both), [-1 + 2 * 2 + 3 * 0.2, 4 + 2 * -2 + 3 * -0.5]);
    const skip = await made(Roles.guidance, 'skip-layer', { scale: 3, cfgScale: 2, above: 0 });
    expectClose(denoisedBy(skip), denoisedBy(both));
  });

  it('ask for what they weigh, also live, in their own layers', async () => {
    const pag = await made(Roles.guidance, 'pag', { layers: ['mid_block.attentions.0'] });
    expect(pag.branches(level, {})).toEqual([
      { name: 'conditional' },
      { name: 'perturbed', perturbation: { kind: 'identity-attention', layers: ['mid_block.attentions.0'] } },
    ]);
    expect(names(pag, level, { scale: 0 })).toEqual(['conditional']);
    expect(names(pag, level, { cfgScale: 2 })).toEqual(['unconditional', 'conditional', 'perturbed']);
    expectClose(denoisedBy(pag, { live: { scale: 1, cfgScale: 2 } }), [-1 + 2 * 2 + 0.2, 4 + 2 * -2 - 0.5]);
    expect(pag.live?.['cfgScale']?.(Number.NaN)).toBe(false);
    expect(pag.live?.['scale']?.(-1)).toBe(false);
    const [, all] = (await made(Roles.guidance, 'pag', {})).branches(level, {});
    expect(all?.perturbation).toEqual({ kind: 'identity-attention' });
  });

  it('skip-layer is cfg outside of its interval of noise', async () => {
    const skip = await made(Roles.guidance, 'skip-layer', {});
    const cfg = await made(Roles.guidance, 'cfg', {});
    expect(names(skip)).toEqual(['unconditional', 'conditional']);
    expect(denoisedBy(skip)).toEqual(denoisedBy(cfg));
    expect(names(skip, noisy)).toEqual(['unconditional', 'conditional', 'perturbed']);
    expect(names(await made(Roles.guidance, 'skip-layer', { upTo: 9 }), noisy)).not.toContain('perturbed');
  });
});

describe('guidances that diffusers has as guiders', () => {
  const { rows } = JSON.parse(readFileSync('test/golden/guiders/guiders.json', 'utf8')) as {
    readonly rows: readonly (Readonly<Record<'conditional' | 'unconditional' | 'guided', readonly number[]>> & {
      readonly guidance: string;
      readonly scale: number;
    })[];
  };

  it.each(rows)('$guidance at scale $scale', async ({ guidance: name, scale, guided, ...sides }) => {
    // Diffusers makes the singular vectors in single precision.
    const at = vpLevel(500, 0);
    const space = float64Space(2);
    const sample = vector(...guided.map(() => 0));
    const reading = (noise: readonly number[]): Denoised => ({
      noise: vector(...noise),
      denoised: space.combine([-at.sigma / at.alpha, vector(...noise)]),
    });
    const readings = { conditional: reading(sides.conditional), unconditional: reading(sides.unconditional) };
    const guidance = await made(Roles.guidance, name, { scale, of: 'epsilon' });
    const context = { ...space, index: 5, count: 10, level: at, x: sample, live: {}, readings };
    const [, result] = guidance.combine(guidance.init(), context);
    float64Of(result.noise).forEach((value, i) =>
      expect(value).toBeCloseTo(guided[i] ?? Number.NaN, name === 'tangential' ? 4 : 7),
    );
  });
});

describe('composable', () => {
  const composable = (weights: Readonly<Record<string, number>>, more = {}) =>
    made(Roles.guidance, 'composable', { weights, ...more });

  it('adds what each condition says beyond none (Liu et al. 2022, equation 11)', async () => {
    expectClose(denoisedBy(await composable({ left: 2, up: 0.5 })), [
      -1 + 2 * (2 + 1) + 0.5 * (0 + 1),
      4 + 2 * (-1 - 4) + 0.5 * (3 - 4),
    ]);
    expectClose(denoisedBy(await composable({ left: 1, up: -1 })), [-1 + 3 - 1, 4 - 5 + 1]);
  });

  it('is cfg of one condition, with a live scale of all weights', async () => {
    const guidance = await made(Roles.guidance, 'composable', {});
    expect(denoisedBy(guidance)).toEqual([1, 2]);
    expect(asked(guidance.branches(level, {}))).toBe('conditional');
    expect(denoisedBy(guidance, { live: { scale: 3 } })).toEqual(
      denoisedBy(await made(Roles.guidance, 'cfg', { scale: 3 })),
    );
    expect(asked(guidance.branches(level, { scale: 0 }))).toBe('unconditional');
  });

  it('asks for the conditions by name, and for no unconditional side where they are mixed', async () => {
    const guidance = await composable({ left: 0.5, up: 0.5 });
    expect(guidance.branches(level, {})).toEqual([
      { name: 'left', condition: 'left' },
      { name: 'up', condition: 'up' },
    ]);
    expectClose(denoisedBy(guidance), [1, 1]);
  });

  it.each([{}, { unconditional: 1 }, { '': 1 }, { left: Number.NaN }])('refuses the weights %j', async (weights) => {
    await expect(composable(weights)).rejects.toThrow('weights');
  });
});
