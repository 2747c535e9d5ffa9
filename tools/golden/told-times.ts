import type { SolverCase } from './solver-case.js';

/** Indices that are read off tables in single precision are known to this. */
const INDEX_TOLERANCE = 1e-2;
/** Other times, as a share of theirs or of 1. */
const TOLERANCE = 5e-5;

/**
 * How far the time that a network is told is from the recorded one, in units of the tolerance. Solvers on the flow path cut
 * times off to whole numbers: one that is whole but for rounding errors may come to be the one before.
 */
export function timeDifference({ config, timesteps }: SolverCase): (recorded: number, told: number) => number {
  const isIndex = Math.max(...timesteps) > 10;
  const cutOff = config['use_flow_sigmas'] === true;
  return (recorded, told) => {
    const difference = Math.abs(recorded - told);
    const tolerance = Math.max(TOLERANCE * Math.max(1, Math.abs(recorded)), isIndex ? INDEX_TOLERANCE : 0);
    return (cutOff && recorded === told - 1 ? 0 : difference) / tolerance;
  };
}
