import { z } from 'zod';
import { DiffusionError } from '../../core/errors/diffusion-error.js';
import { MOST, nonNegative, positive, whole } from '../../core/assembly/config-numbers.js';
import type { NoiseLevel } from '../../core/contracts/noise-level.js';
import type { StepDecision, StepContext } from '../../core/contracts/sampler.js';
import type { PerSample, Vector, Term } from '../../core/contracts/vector.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { defineSampler } from '../../core/assembly/define-sampler.js';
import { Roles } from '../../core/assembly/roles.js';
import { downStep } from './down-step.js';
import { controlled, pidConfig, type PidState } from './step-size-control.js';
import { exponentialStep, exponentialTerms } from './exponential-integrator.js';

/** A run that is so close to its end in lambda is there. */
const END = 1e-5;

/** A step that is tried again is at most this share of what it was, whatever the control's coefficients: runs end. */
const LARGEST_RETRY = 0.95;

const isNoisy = ({ sigma }: NoiseLevel): boolean => sigma > 0;

const config = z.strictObject({
  order: z
    .union([z.literal(2), z.literal(3)])
    .default(3)
    .describe('order of the result; its error is judged by one less'),
  rtol: nonNegative().default(0.05).describe('tolerated error of a step as a share of x / alpha'),
  atol: positive().default(0.0078).describe('tolerated error of a step where x / alpha is small'),
  hInit: positive().default(0.05).describe('width of the first step in lambda'),
  hMin: positive().default(1e-3).describe('steps no wider than this are accepted whatever their error'),
  maxSteps: whole(MOST.steps).default(1000).describe('steps that are tried before the run is given up'),
  ...pidConfig.shape,
  norm: z
    .enum(['sample', 'batch'])
    .default('sample')
    .describe('whose error counts: of the worst sample, or of the whole batch as in k-diffusion'),
  eta: z.number().min(0).max(1).default(0).describe('share of fresh noise: 0 draws none'),
  noiseScale: nonNegative().default(1).describe('factor of the fresh noise'),
});

interface AdaptiveState extends PidState {
  readonly x: Vector;
  /** What `x` was before the step that is being tried. */
  readonly earlier: Vector;
  /** Results of lower order, in units of x / alpha: of the last step that was accepted, and of the one being tried. */
  readonly low: Vector | undefined;
  readonly triedLow: Vector | undefined;
  readonly measure: PerSample | undefined;
  readonly endLambda: number;
  /** Steps that were tried. */
  readonly tries: number;
  readonly [memory: string]: Vector | PerSample | number | undefined;
}

/**
 * DPM-Solver-12 and -23 with step sizes by a tolerance: a step whose error is too large is tried again with a smaller
 * size (Lu et al. 2022, "DPM-Solver", appendix C, with the PID control of k-diffusion's "DPM adaptive"). Of the run's
 * grid it keeps the first and the last noisy level, so ask for 20 steps or more: these then lie close to noise and to
 * data. The samples of a batch share their step sizes.
 * When: reference results, and where the number of steps that a model needs is unknown.
 */
export const dpmAdaptive = definePlugin({
  role: Roles.sampler,
  name: 'dpm-adaptive',
  summary: 'DPM-Solver-12 and -23: steps as wide as a tolerance allows, tried again where their error is larger.',
  reference: 'Lu et al. 2022, "DPM-Solver", appendix C; the PID control of k-diffusion, "DPM adaptive"',
  tags: {
    path: 'any',
    order: 3,
    stochastic: false,
    calls: 3,
    when: 'reference results, and where the number of steps that a model needs is unknown',
  },
  config,
  create: ({ config: options }) => {
    const { order, eta, norm, hMin } = options;
    const isPlain = ({ from, to }: Pick<StepContext, 'from' | 'to'>): boolean => from.alpha === 0 || to.sigma === 0;
    return defineSampler<AdaptiveState>({
      order: eta > 0 ? 1 : order,
      stochastic: eta > 0,
      calls: (step) => (isPlain(step) ? 1 : order),
      init: (x, { levels }) => ({
        ...{ x, earlier: x, low: undefined, triedLow: undefined, measure: undefined },
        ...{ h: options.hInit, inverse1: undefined, inverse2: undefined },
        endLambda: levels.findLast(isNoisy)?.lambda ?? Infinity,
        tries: 0,
      }),
      step(state, ctx) {
        const { x } = state;
        const { from, to, denoise, noise, combine, errorNorm } = ctx;
        const first = denoise(x, from);
        if (isPlain(ctx)) {
          const moved = combine([to.alpha, first.denoised], [to.sigma, first.noise]);
          return { ...state, x: moved, earlier: x, triedLow: undefined, measure: undefined };
        }
        const { down, fresh } = downStep(from, to, { eta, floor: state.endLambda });
        const { low, high } = embeddedPair(order, x, first.noise, { ...ctx, to: down });
        const [triedLow, tried] = [low, high].map((result) => combine([1 / to.alpha, result])) as [Vector, Vector];
        const last = state.low ?? combine([1 / from.alpha, x]);
        const tolerance = { absolute: options.atol, relative: options.rtol };
        const measure = errorNorm(combine([1, triedLow], [-1, tried]), [triedLow, last], tolerance);
        const moved = fresh > 0 ? combine([1, high], [fresh * options.noiseScale, noise()]) : high;
        return { ...state, x: moved, earlier: x, triedLow, measure };
      },
      stepSize: {
        next: ({ h, endLambda, tries }, { from, levels, level }) => {
          if (tries >= options.maxSteps) throw noEnd(tries, from, endLambda);
          if (from.alpha === 0) return levels[1];
          if (from.lambda < endLambda - END)
            return from.lambda + h < endLambda ? level({ lambda: from.lambda + h }) : levels.findLast(isNoisy);
          const last = levels.at(-1);
          return last?.sigma === 0 && from.sigma > 0 ? last : undefined;
        },
        accept(judged, measured): StepDecision<AdaptiveState> {
          const tried = { ...judged, tries: judged.tries + 1 };
          if (measured.length === 0) return { state: { ...tried, earlier: tried.x, low: undefined }, accepted: true };
          const squares = measured.reduce((sum, error) => sum + error ** 2, 0);
          const error = norm === 'batch' ? Math.sqrt(squares / measured.length) : Math.max(...measured);
          const control = controlled(tried, error, { ...options, order: eta > 0 ? 1.5 : order });
          const accepted = control.accepts || tried.h <= hMin;
          const moved = accepted ? { x: tried.x, low: tried.triedLow } : { x: tried.earlier };
          const next = control.next(accepted);
          const state = {
            ...tried,
            ...next,
            ...moved,
            h: Math.max(accepted ? next.h : Math.min(next.h, LARGEST_RETRY * tried.h), hMin),
            triedLow: undefined,
            measure: undefined,
          };
          return { state: { ...state, earlier: state.x }, accepted };
        },
      },
    });
  },
});

function noEnd(tries: number, { lambda }: NoiseLevel, endLambda: number): DiffusionError {
  return new DiffusionError('RXD_COMBINATION', {
    problem: `dpm-adaptive has tried ${tries} steps and is not at its end`,
    got: `lambda ${lambda.toPrecision(4)} of ${endLambda.toPrecision(4)}`,
    expected: 'steps that become wide enough to get there',
    fix: 'raise `rtol`, `atol` or `hMin`, or `maxSteps` where the run may take so long',
  });
}

/** Two results of one step, of neighbouring orders, that share their network calls. */
interface EmbeddedPair {
  readonly low: Vector;
  readonly high: Vector;
}

/**
 * DPM-Solver-1 in -2, or -2 in -3 (Lu et al. 2022, "DPM-Solver", algorithms 1 and 2), in the form in noise: stages at half
 * of the step in lambda, or at one and two thirds.
 *
 * @param noise - the estimate at the start of the step
 */
function embeddedPair(
  order: 2 | 3,
  x: Vector,
  noise: Vector,
  { from, to, denoise, combine, level }: Pick<StepContext, 'from' | 'to' | 'denoise' | 'combine' | 'level'>,
): EmbeddedPair {
  const now = [from.lambda, noise] as const;
  const whole = exponentialStep('noise', from, to);
  const stageAt = (share: number, termsTo: (step: typeof whole) => readonly Term[]) => {
    const at = level({ lambda: from.lambda + share * (to.lambda - from.lambda) });
    return [at.lambda, denoise(combine(...termsTo(exponentialStep('noise', from, at))), at).noise] as const;
  };
  const first = stageAt(1 / order, (step) => exponentialTerms(step, x, [now]));
  const second = combine(...exponentialTerms(whole, x, [now, first], 'midpoint'));
  if (order === 2) return { low: combine(...exponentialTerms(whole, x, [now])), high: second };
  const last = stageAt(2 / 3, (step) => exponentialTerms(step, x, [now, first]));
  return { low: second, high: combine(...exponentialTerms(whole, x, [now, last])) };
}
