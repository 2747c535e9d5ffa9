import type { NoiseLevel } from '../../core/contracts/noise-level.js';
import type { Denoised, StepContext, StepPosition } from '../../core/contracts/sampler.js';
import type { Vector } from '../../core/contracts/vector.js';
import { meanEstimate } from './adams-bashforth.js';
import { targetOf } from './compatible-target.js';
import { recalled, remembered, type PastEstimates } from './past-estimates.js';
import { transferred } from './transferred.js';

/** What a step of pndm is told. */
export interface PndmConfig {
  readonly rungeKutta: boolean;
  readonly spacing: 'uneven' | 'even';
  readonly mix: 'noise' | 'v';
  readonly previousTime?: number | undefined;
}

interface PndmState extends ReturnType<typeof remembered> {
  readonly x: Vector;
  readonly [memory: string]: Vector | number | undefined;
}

/** How a step finds its mean estimate: the first ones have no past to look at. */
export function pndmRule({ rungeKutta }: PndmConfig, { index, count, from, to }: StepPosition) {
  const early = index < (rungeKutta ? 3 : 1) && index < count - 1 && from.alpha > 0 && to.sigma > 0;
  if (!early) return 'multistep';
  return rungeKutta ? 'runge-kutta' : 'improved-euler';
}

/** One step, and what the next ones remember: the estimates at the levels of the grid. */
export function pndmStep(config: PndmConfig, state: PndmState, ctx: StepContext) {
  const { from, combine } = ctx;
  const to = targetOf(ctx, config.previousTime);
  const reading = ctx.denoise(state.x, from);
  if (from.alpha === 0)
    return { x: combine([to.alpha, reading.denoised], [to.sigma, reading.noise]), ...remembered([]) };
  const stage = stageOf(config, state.x, ctx);
  const known: PastEstimates = [[from.sigma / from.alpha, stage.mixed(reading, from)], ...recalled(state)];
  const x = {
    'runge-kutta': () => rungeKutta(config, stage, known, ctx),
    'improved-euler': () => improvedEuler(config, stage, known, ctx),
    multistep: () => stage.moved(meanEstimate(ctx, known, config.spacing, to.sigma / to.alpha), to),
  }[pndmRule(config, ctx)]();
  return { x, ...remembered(known.slice(0, 3)) };
}

/** How estimates are read, asked for, and gone on with from the sample of this step. */
function stageOf({ mix }: PndmConfig, x: Vector, ctx: StepContext) {
  const { combine, denoise } = ctx;
  const mixed = ({ noise, denoised }: Denoised, { alpha, sigma }: NoiseLevel): Vector =>
    mix === 'noise' ? noise : combine([alpha, noise], [-sigma, denoised]);
  const moved = (mean: Vector, to: NoiseLevel, from = ctx.from): Vector =>
    transferred(ctx, x, mix === 'noise' ? mean : combine([from.alpha, mean], [from.sigma, x]), from, to);
  return { mixed, moved, asked: (there: Vector, level: NoiseLevel) => mixed(denoise(there, level), level) };
}
type Stage = ReturnType<typeof stageOf>;

/** The classical Runge-Kutta method (Liu et al. 2022, "PNDM", equation 12). Four network calls. */
function rungeKutta(config: PndmConfig, { moved, asked }: Stage, known: PastEstimates, ctx: StepContext): Vector {
  const { to } = ctx;
  const { middle, firstMiddle } = halfway(config, ctx);
  const first = newest(known);
  const second = asked(moved(first, firstMiddle), middle);
  const third = asked(moved(second, middle), middle);
  const fourth = asked(moved(third, to), to);
  return moved(ctx.combine([1 / 6, first], [1 / 3, second], [1 / 3, third], [1 / 6, fourth]), to);
}

/** The level where a Runge-Kutta step asks halfway, and the one where its first sample for it lies: mostly the same. */
function halfway({ spacing, previousTime }: PndmConfig, ctx: StepContext) {
  const { from, to, level } = ctx;
  if (spacing === 'uneven') {
    const middle = level({ lambda: -Math.log((from.sigma / from.alpha + to.sigma / to.alpha) / 2) });
    return { middle, firstMiddle: middle };
  }
  const half = previousTime === undefined ? (from.t - to.t) / 2 : Math.floor(previousTime / 2);
  return { middle: levelIn(ctx, to.t + half), firstMiddle: levelIn(ctx, from.t - half) };
}

/** The level at a time, or where the step starts if that is less noisy: the time may lie before the schedule's first. */
function levelIn({ from, level }: StepContext, t: number): NoiseLevel {
  const found = level({ t });
  return found.lambda < from.lambda ? from : found;
}

/** The mean of both ends of the step (Liu et al. 2022, "PNDM", equation 23). Two network calls. */
function improvedEuler(config: PndmConfig, { moved, asked }: Stage, known: PastEstimates, ctx: StepContext): Vector {
  const { from, to, combine } = ctx;
  const { previousTime } = config;
  const second = asked(moved(newest(known), targetOf(ctx, previousTime)), to);
  const start = previousTime === undefined ? from : levelIn(ctx, to.t + previousTime);
  return moved(combine([1 / 2, newest(known)], [1 / 2, second]), to, start);
}

function newest([first]: PastEstimates): Vector {
  return (first as PastEstimates[number])[1];
}
