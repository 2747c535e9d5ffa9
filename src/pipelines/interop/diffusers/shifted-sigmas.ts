import type { SchedulerFields } from './scheduler-fields.js';

/** The sigma that the last level is stretched to: `shift_terminal`, of which 0 says that there is none. */
export function readShiftTerminal(config: SchedulerFields): number | undefined {
  const terminal = config.optionalNumber('shift_terminal', { min: 0 });
  if (terminal !== undefined && terminal >= 1) config.refuse('shift_terminal', 'a number from 0 to below 1');
  return terminal === 0 ? undefined : terminal;
}

/**
 * Sigmas of a flow path from its times: shifted (Esser et al. 2024, equation 23), then all of the signal scaled so that
 * the last one is `terminal`, where that is said.
 */
export function shiftedSigmas(
  times: readonly number[],
  shift: number,
  terminal: number | undefined,
): readonly number[] {
  const shifted = times.map((t) => (shift * t) / (1 + (shift - 1) * t));
  const factor = terminal === undefined ? 1 : (1 - terminal) / (1 - (shifted.at(-1) ?? 0));
  return shifted.map((sigma) => 1 - (1 - sigma) * factor);
}

/** The time of a flow path whose shifted sigma this is. */
export function timeOfSigma(sigma: number, shift: number): number {
  return sigma / (sigma + shift * (1 - sigma));
}
