import { z } from 'zod';
import type { StepContext } from '../../core/contracts/sampler.js';
import type { Term, Vector } from '../../core/contracts/vector.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { defineSampler } from '../../core/assembly/define-sampler.js';
import { Roles } from '../../core/assembly/roles.js';

const share = z.number().min(0).max(1);
const config = z.strictObject({
  history: share.default(0.25).describe('weight of the step by Adams and Bashforth with two levels against Euler’s'),
  noiseHistory: share
    .default(0)
    .describe(
      'how far the noise is extrapolated from the level before: 0.1 in ComfyUI, where runs do not converge by it',
    ),
  cleanHistory: share.default(1).describe('how far the last estimate is extrapolated to the clean level'),
});

/** What a step leaves to the next one. */
interface Past {
  readonly s: number;
  readonly noise: Vector;
  readonly denoised: Vector;
  readonly slope: Vector;
}

/**
 * CFG++ with memory: Euler's step from the guided estimate and the unguided noise, mixed with a step by Adams and
 * Bashforth over `sigma / alpha`; the noise and the last estimate are extrapolated from the level before (ComfyUI,
 * cfgpp_ud10_ab). One network call a step. It works with any guidance, and is made for cfg-plus-plus.
 * When: 10 to 20 steps with cfg-plus-plus, or images made by ComfyUI with this sampler are to be reproduced.
 */
export const cfgppUd10Ab = definePlugin({
  role: Roles.sampler,
  name: 'cfgpp-ud10-ab',
  summary: 'CFG++ with memory: Euler from guided estimate and unguided noise, mixed with Adams and Bashforth.',
  reference: 'ComfyUI, cfgpp_ud10_ab; Chung et al. 2024, "CFG++"',
  tags: { path: 'any', order: 1, stochastic: false, calls: 1, when: '10 to 20 steps with cfg-plus-plus' },
  config,
  create: ({ config: weights }) =>
    defineSampler({
      order: 1,
      stochastic: false,
      init: (x) => ({ x, ...leaves(undefined) }),
      step(state, ctx) {
        const { from, to, denoise, combine } = ctx;
        const { denoised, noise } = denoise(state.x, from);
        if (from.alpha === 0) return { x: combine([to.alpha, denoised], [to.sigma, noise]), ...leaves(undefined) };
        const past = pastOf(state);
        const now = { s: from.sigma / from.alpha, noise, denoised };
        if (to.sigma === 0 && past !== undefined) {
          const bend = (weights.cleanHistory * now.s) / (now.s - past.s);
          const x = combine([to.alpha * (1 - bend), denoised], [to.alpha * bend, past.denoised]);
          return { x, ...leaves(undefined) };
        }
        const euler = eulerTerms(ctx, state.x, { now, past, noiseHistory: weights.noiseHistory });
        const h = to.sigma / to.alpha - now.s;
        const ratio = past === undefined ? 0 : (weights.history * h) / (2 * (now.s - past.s));
        const shown = euler.map(([factor, vector]): Term => [(1 + ratio) * to.alpha * (factor as number), vector]);
        const earlier: readonly Term[] = past === undefined ? [] : [[-ratio * h * to.alpha, past.slope]];
        const slope = combine(...euler.map(([factor, vector]): Term => [(factor as number) / h, vector]));
        return { x: combine([to.alpha / from.alpha, state.x], ...shown, ...earlier), ...leaves({ ...now, slope }) };
      },
    }),
});

/** Euler's step in `x / alpha`: to the guided estimate with the noise of the next level, extrapolated. */
function eulerTerms(
  { from, to }: StepContext,
  x: Vector,
  { now, past, noiseHistory }: { now: Omit<Past, 'slope'>; past: Past | undefined; noiseHistory: number },
): readonly Term[] {
  const next = to.sigma / to.alpha;
  const beyond = past === undefined ? 0 : (noiseHistory * (next - now.s)) / (now.s - past.s);
  const extrapolated: readonly Term[] = past === undefined ? [] : [[-next * beyond, past.noise]];
  return [[1, now.denoised], [next * (1 + beyond), now.noise], ...extrapolated, [-1 / from.alpha, x]];
}

function leaves(past: Past | undefined) {
  return { s: past?.s, noise: past?.noise, denoised: past?.denoised, slope: past?.slope };
}

function pastOf({ s, noise, denoised, slope }: ReturnType<typeof leaves>): Past | undefined {
  if (s === undefined || noise === undefined || denoised === undefined || slope === undefined) return undefined;
  return { s, noise, denoised, slope };
}
