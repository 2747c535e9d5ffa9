import { z } from 'zod';
import { MOST, listOf, whole } from '../../core/assembly/config-numbers.js';
import type { NoiseLevel } from '../../core/contracts/noise-level.js';
import type { Term, Vector } from '../../core/contracts/vector.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { defineSampler } from '../../core/assembly/define-sampler.js';
import { Roles } from '../../core/assembly/roles.js';
import { exponentialStep } from './exponential-integrator.js';
import { recalled, remembered, type PastEstimates } from './past-estimates.js';

const config = z.strictObject({
  order: whole(3).default(2).describe('levels that a step uses; it converges with one order more'),
  variant: z.enum(['bh1', 'bh2']).default('bh2').describe('B(h): h, or exp(h) - 1'),
  form: z
    .enum(['denoised', 'noise'])
    .default('denoised')
    .describe('which estimate is a polynomial in lambda; the noise is for comparisons, and unsteady with guidance'),
  lowerOrderFinal: z.boolean().default(false).describe('lower the order of the last steps; steadies runs of few steps'),
  disableCorrector: listOf(whole(MOST.steps, 0), MOST.steps, 0)
    .default([])
    .describe('steps that are not corrected; the first ones, where large guidance scales make the correction unsteady'),
});

/**
 * Predictor and corrector that share their network calls: a step predicts, evaluates there, and corrects before it
 * emits the sample (Zhao et al. 2023, "UniPC", algorithms 1 and 2). That evaluation is also the next step's, so N steps
 * make N calls: two in the first, none in the last.
 * When: 5 to 15 steps.
 */
export const unipc = definePlugin({
  role: Roles.sampler,
  name: 'unipc',
  summary: 'Predictor and corrector that share their network calls.',
  reference: 'Zhao et al. 2023, "UniPC", algorithms 1 and 2',
  tags: { path: 'any', order: 3, stochastic: false, calls: 1, when: '5 to 15 steps' },
  config,
  create: ({ config: { order, variant, form, lowerOrderFinal, disableCorrector } }) =>
    defineSampler({
      order: disableCorrector.length > 0 ? order : order + 1,
      stochastic: false,
      calls: ({ index, count }) => (index === 0 ? 1 : 0) + (index === count - 1 ? 0 : 1),
      init: (x) => ({ x, ...remembered([]) }),
      step(state, { index, count, from, to, denoise, combine }) {
        const isLast = index === count - 1;
        if (from.alpha === 0) {
          const { denoised, noise } = denoise(state.x, from);
          const x = combine([to.alpha, denoised], [to.sigma, noise]);
          return { x, ...remembered(isLast ? [] : [[to.lambda, denoise(x, to)[form]]]) };
        }
        const [newest, ...older] = recalled(state);
        // Nothing is remembered in the first step of a run, and in the first one after a swap.
        const latest = newest?.[1] ?? denoise(state.x, from)[form];
        const past: PastEstimates = [[from.lambda, latest], ...older];
        if (to.sigma === 0) return { x: combine(...cleanTerms(form, from, to, state.x, latest)), ...remembered([]) };
        const { h, kept, scale, rate } = exponentialStep(form, from, to);
        const used = h === 0 ? 1 : Math.min(order, lowerOrderFinal ? count - index : order);
        const moved = (others: PastEstimates): Vector => {
          const places = others.map(([lambda]) => (lambda - from.lambda) / h);
          const weights = unipcWeights(places, rate * h, variant);
          const rest = weights.reduce((left, weight) => left - weight, -Math.expm1(rate * h));
          const terms = others.map(([, estimate], k) => [-rate * scale * (weights[k] ?? 0), estimate] as const);
          return combine([kept, state.x], [-rate * scale * rest, latest], ...terms);
        };
        const earlier = past.slice(1, used);
        const predicted = moved(earlier);
        if (isLast) return { x: predicted, ...remembered([]) };
        const seen = [to.lambda, denoise(predicted, to)[form]] as const;
        const x = disableCorrector.includes(index) ? predicted : moved([...earlier, seen]);
        return { x, ...remembered([seen, ...past]) };
      },
    }),
});

/** A step to the clean level: there is only the estimate of the clean sample. */
function cleanTerms(
  form: 'denoised' | 'noise',
  from: NoiseLevel,
  to: NoiseLevel,
  x: Vector,
  latest: Vector,
): readonly Term[] {
  if (form === 'denoised') return [[to.alpha, latest]];
  const ratio = to.alpha / from.alpha;
  return [
    [ratio, x],
    [-ratio * from.sigma, latest],
  ];
}

/** Which function B(h) scales the corrections: `bh1` is h, `bh2` is exp(h) - 1. */
type UniPCVariant = 'bh1' | 'bh2';

/**
 * Weights of other estimates in a step, for the estimate at its start the rest of `1 - exp(h)` (Zhao et al. 2023,
 * "UniPC", equations 3 and 5; with one other estimate the weight 1/2 that the paper fixes).
 *
 * @param places - where the other estimates were made, in steps: 1 is the end, -1 one step of this width before
 * @param h - width of the step in lambda for estimates of the noise, minus that for estimates of the clean sample
 */
function unipcWeights(places: readonly number[], h: number, variant: UniPCVariant): readonly number[] {
  const scale = variant === 'bh1' ? h : Math.expm1(h);
  const right = momentsOf(places.length, h).map((moment) => moment / scale);
  const powers = places.map((_, power) => places.map((place) => place ** power));
  const shares = places.length === 1 ? [0.5] : solveLinear(powers, right);
  return shares.map((share, k) => (-scale * share) / (places[k] ?? Number.NaN));
}

/** The first moments that the weights must match: `n! phi_(n+1)(h)`, by the recurrence of the phi functions. */
function momentsOf(count: number, h: number): readonly number[] {
  let phi = Math.expm1(h) / h - 1;
  let factorial = 1;
  return Array.from({ length: count }, (_, n) => {
    const moment = phi * factorial;
    factorial *= n + 2;
    phi = phi / h - 1 / factorial;
    return moment;
  });
}

/** The solution of a small system `matrix * x = right`, by elimination with the largest pivot. */
function solveLinear(matrix: readonly (readonly number[])[], right: readonly number[]): readonly number[] {
  const rows = matrix.map((row, i) => [...row, right[i] ?? Number.NaN]);
  const size = rows.length;
  for (let column = 0; column < size; column++) {
    const ahead = rows.slice(column).map((row) => Math.abs(row[column] ?? 0));
    const pivot = column + ahead.indexOf(Math.max(...ahead));
    [rows[column], rows[pivot]] = [rows[pivot] as number[], rows[column] as number[]];
    const top = rows[column] as number[];
    rows.forEach((row, i) => {
      if (i === column) return;
      const factor = (row[column] ?? 0) / (top[column] ?? Number.NaN);
      for (let k = column; k <= size; k++) row[k] = (row[k] ?? 0) - factor * (top[k] ?? 0);
    });
  }
  return rows.map((row, i) => (row[size] ?? Number.NaN) / (row[i] ?? Number.NaN));
}
