import { DiffusionError } from '../../core/errors/diffusion-error.js';

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
export function withZeroTerminalSnr(alphasCumprod: readonly number[], terminal: number): number[] {
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
