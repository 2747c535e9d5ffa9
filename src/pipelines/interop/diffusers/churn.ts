import type { Use } from '../../../core/plugins/recipe.js';
import type { SchedulerFile } from './scheduler-file.js';
import { use } from './use.js';

/** The sampler with the churn that `step` was told: `s_churn`, `s_tmin`, `s_tmax`, `s_noise`; the plain one where it is 0. */
export function readChurn(file: SchedulerFile, plain: Use, stages: 1 | 2 = 1): Use {
  const { step } = file;
  const churn = step.number('s_churn', 0, { min: 0 });
  if (churn === 0) return plain;
  const [sigmaMin, sigmaMax] = [step.number('s_tmin', 0, { min: 0 }), step.number('s_tmax', Infinity, { min: 0 })];
  const noiseScale = step.number('s_noise', 1, { min: 0 });
  return use('edm', {
    order: stages === 1 ? 1 : undefined,
    churn,
    churnMin: sigmaMin > 0 ? sigmaMin : undefined,
    churnMax: sigmaMax < Infinity ? sigmaMax : undefined,
    noiseScale: noiseScale === 1 ? undefined : noiseScale,
    lateChurn: file.repeats('late-churn') ? true : undefined,
  });
}
