import type { NoiseLevel, NoiseSchedule } from 'rxdiffusion';
import type { SolverCase } from './solver-case.js';

/** Indices that are read off tables in single precision are known to this; those of the cosine schedule to the second. */
const [INDEX_TOLERANCE, COSINE_TOLERANCE] = [1e-2, 0.2];
/** Other times, as a share of theirs or of 1. */
const TOLERANCE = 5e-5;
/** Training steps before the last of zero terminal SNR where the table there does not fall, and times are read off wrongly. */
const NOT_FALLING = 8;

/** A network call: the time in the record, the time that ours was told, and where it worked. */
export interface ToldTime {
  readonly recorded: number;
  readonly told: number;
  readonly level: NoiseLevel;
}

/** How far the time that a network is told is from the recorded one, in units of the tolerance. */
export function timeDifference(run: SolverCase, schedule: NoiseSchedule): (call: ToldTime) => number {
  const { config, timesteps } = run;
  const isIndex = Math.max(...timesteps) > 10;
  const index = config['beta_schedule'] === 'squaredcos_cap_v2' ? COSINE_TOLERANCE : INDEX_TOLERANCE;
  const last = Number(config['num_train_timesteps'] ?? 1000) - 1;
  return ({ recorded, told, level }) => {
    const tolerance = Math.max(TOLERANCE * Math.max(1, Math.abs(recorded)), isIndex ? index : 0);
    if (config['rescale_betas_zero_snr'] === true && Math.min(recorded, told) >= last - NOT_FALLING) return 0;
    const exact = config['use_flow_sigmas'] === true ? level.sigma * (last + 1) : schedule.timeAt(level.lambda);
    return roundedApart(recorded, told, exact, tolerance) ? 0 : Math.abs(recorded - told) / tolerance;
  };
}

/** Whether two whole times are neighbours because rounding or cutting off a time on the edge between them went either way. */
function roundedApart(recorded: number, told: number, exact: number, tolerance: number): boolean {
  const [low, high] = [Math.min(recorded, told), Math.max(recorded, told)];
  const onEdge = [high, low + 0.5].some((edge) => Math.abs(exact - edge) <= tolerance);
  return Number.isInteger(low) && high - low === 1 && onEdge;
}
