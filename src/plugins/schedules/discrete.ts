import type { NoiseLevel } from '../../core/contracts/noise-level.js';
import type { NoiseSchedule } from '../../core/contracts/noise-schedule.js';
import { DiffusionError } from '../../core/errors/diffusion-error.js';
import { level, vpLevel } from '../../core/math/levels.js';

/** How much more alpha² the levels before the terminal one have at least, as a share of it. */
const ABOVE_TERMINAL = 1e-6;

/**
 * A table of alpha² whose last level is pure noise: alpha is shifted to 0 at the end and scaled so that its first value
 * stays (Lin et al. 2024, "Common diffusion noise schedules and sample steps are flawed", algorithm 1).
 *
 * A terminal value above 0 is reached on a straight line in lambda from the last level that has more: the shifted curve
 * alone falls below it before its end, and diffusers, which puts 2^-24 at the end alone, has more noise just before.
 *
 * @param terminal alpha² of the last level: 0, or a small number
 * @throws DiffusionError `RXD_PLUGIN_CONFIG` where the first level has no more than that
 */
function withZeroTerminalSnr(alphasCumprod: readonly number[], terminal: number): number[] {
  const alphas = alphasCumprod.map(Math.sqrt);
  const [first, last] = [alphas[0] ?? 1, alphas.at(-1) ?? 0];
  const rescaled = alphas.map((alpha) => (((alpha - last) * first) / (first - last)) ** 2);
  return terminal > 0 ? loweredTo(terminal, rescaled) : [...rescaled.slice(0, -1), 0];
}

function loweredTo(terminal: number, squares: readonly number[]): number[] {
  const final = squares.length - 1;
  const above = squares.findLastIndex((square, t) => t < final && square > terminal * (1 + ABOVE_TERMINAL));
  if (above < 0) throw noLevelAbove(terminal, squares[0] ?? 0);
  const [from, to] = [lambdaOf(squares[above] as number), lambdaOf(terminal)];
  const between = (t: number): number =>
    1 / (1 + Math.exp(-2 * (from + ((t - above) / (final - above)) * (to - from))));
  return squares.map((square, t) => (t === final ? terminal : t > above ? between(t) : square));
}

/** Half log-SNR of a level with this alpha². */
function lambdaOf(square: number): number {
  return Math.log(square / (1 - square)) / 2;
}

function noLevelAbove(terminal: number, first: number): DiffusionError {
  return new DiffusionError('RXD_PLUGIN_CONFIG', {
    problem: 'the last level of this schedule has no less signal than all before it',
    got: `terminalAlphaCumprod ${terminal}, and alpha² ${first} at the first level`,
    expected: 'less than at the first level',
    fix: 'set a smaller terminalAlphaCumprod, or leave it out for pure noise',
  });
}

/** What a schedule of a table may be told beside it. */
export interface TableOptions {
  /** Where sampling ends: without noise, or at the first level of the table (`set_alpha_to_one` of diffusers). */
  readonly finalAlpha?: 'one' | 'first';
  /** Rescales the table so that its last level is pure noise (Lin et al. 2024, algorithm 1). */
  readonly zeroTerminalSnr?: boolean;
  /** alpha² of the last level of a rescaled table; 0. */
  readonly terminalAlphaCumprod?: number;
  /** Standard deviation of the noise that runs start from: 1 where absent, or sigma of their first level. */
  readonly startStd?: 'unit' | 'sigma';
}

/** A variance-preserving schedule from its betas: alpha² is the cumulative product of 1 - beta. */
export function discreteSchedule(betas: readonly number[], options: TableOptions = {}): NoiseSchedule {
  let product = 1;
  return tableSchedule(
    betas.map((beta) => (product *= 1 - beta)),
    options,
  );
}

/**
 * A variance-preserving schedule from `alphasCumprod`, falling; time is the index, linear in lambda between indices, and
 * linear in alpha above the last but one where the last level has none.
 */
export function tableSchedule(alphasCumprod: readonly number[], options: TableOptions = {}): NoiseSchedule {
  const { finalAlpha = 'one', zeroTerminalSnr = false, terminalAlphaCumprod = 0, startStd = 'unit' } = options;
  const squares = zeroTerminalSnr ? withZeroTerminalSnr(alphasCumprod, terminalAlphaCumprod) : alphasCumprod;
  checkFall(alphasCumprod);
  checkFall(squares);
  const table = squares.map((square, t) => level(t, Math.sqrt(square), Math.sqrt(1 - square)));
  const last = table.length - 1;
  const at = (t: number): NoiseLevel => {
    const clamped = Math.min(Math.max(t, 0), last);
    const below = Math.floor(clamped);
    const [low, high] = [table[below] as NoiseLevel, table[Math.min(below + 1, last)] as NoiseLevel];
    return clamped === below ? low : between(clamped, low, high, clamped - below);
  };
  const timeAt = (lambda: number): number => timeInTable(table, lambda);
  return {
    path: 'vp',
    trainSteps: table.length,
    tMin: 0,
    tMax: last,
    clean: finalAlpha === 'one' ? level(-1, 1, 0) : (table[0] as NoiseLevel),
    at,
    timeAt,
    levelAt: (lambda) => vpLevel(timeAt(lambda), lambda),
    priorStd: ({ sigma }) => (startStd === 'unit' ? 1 : sigma),
  };
}

/** A curve that is flat somewhere, as far as doubles can tell, makes a table that is no path. */
function checkFall(squares: readonly number[]): void {
  const bad = squares.findIndex((square, t) => !(square >= 0 && square < (squares[t - 1] ?? 1)));
  if (bad < 0) return;
  throw new DiffusionError('RXD_PLUGIN_CONFIG', {
    problem: 'the signal of this schedule does not fall with every training step',
    got: `alpha² ${squares[bad - 1] ?? 1}, then ${squares[bad]} at training step ${bad}`,
    expected: 'less at each step, from below 1 down to 0 or more',
    fix: 'make its curve less steep (smaller ends, larger temperature or width), or take fewer training steps',
  });
}

function between(t: number, low: NoiseLevel, high: NoiseLevel, share: number): NoiseLevel {
  if (high.alpha > 0) return vpLevel(t, low.lambda + share * (high.lambda - low.lambda));
  const alpha = low.alpha * (1 - share);
  return level(t, alpha, Math.sqrt(1 - alpha ** 2));
}

/** Bisection in a table whose lambda falls, then a straight line between the two neighbours. */
function timeInTable(table: readonly NoiseLevel[], lambda: number): number {
  let [low, high] = [0, table.length - 1];
  if (lambda >= (table[low] as NoiseLevel).lambda) return low;
  if (lambda <= (table[high] as NoiseLevel).lambda) return high;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((table[middle] as NoiseLevel).lambda > lambda) low = middle;
    else high = middle;
  }
  return low + shareOf(table[low] as NoiseLevel, table[high] as NoiseLevel, lambda);
}

function shareOf(from: NoiseLevel, to: NoiseLevel, lambda: number): number {
  if (to.alpha > 0) return (lambda - from.lambda) / (to.lambda - from.lambda);
  return 1 - vpLevel(0, lambda).alpha / from.alpha;
}
