import type { Settings } from '../../../core/assembly/plain-json.js';
import type { Use } from '../../../core/assembly/recipe.js';
import type { SchedulerFile } from './scheduler-file.js';
import { use } from './use.js';

/**
 * Settings of churn as `step` was told them; `undefined` where it is told none.
 *
 * @param steps - steps over which diffusers shares the churn out, where they are not those of the run
 */
export function readChurn(file: SchedulerFile, steps = file.steps): Settings | undefined {
  const { step } = file;
  const said = step.number('s_churn', 0, { min: 0 });
  if (said === 0) return undefined;
  const sChurn = (said * file.steps) / steps;
  const [sMin, sMax] = [step.number('s_tmin', 0, { min: 0 }), step.number('s_tmax', Infinity, { min: 0 })];
  const noiseScale = step.number('s_noise', 1, { min: 0 });
  return { sChurn, sMin, ...(sMax < Infinity ? { sMax } : {}), noiseScale };
}

/**
 * The sampler `euler` with the churn that `step` was told.
 *
 * @param read - what the network predicts, in words of the switch that repeats late churn
 * @param steps - as `readChurn` has it
 */
export function churnedEuler(file: SchedulerFile, read: 'epsilon' | 'v' | 'x0' | number, steps = file.steps): Use {
  const churn = readChurn(file, steps);
  if (churn === undefined) return 'euler';
  return use('euler', { ...churn, lateChurn: file.repeats('late-churn') ? read : undefined });
}

/** Above the sigma of every level that a run can start from. */
const LARGEST_SIGMA = 1e9;

/** Heun's rule with churn that does not end at some sigma: the sampler `edm` with every default replaced. */
export function churnedHeun(churn: Settings): Use {
  return use('edm', { sMax: LARGEST_SIGMA, ...churn });
}
