import type { SchedulerFile, SchedulerParts } from '../scheduler-file.js';
import { use } from '../use.js';

/** `ScoreSdeVeScheduler`: reverse diffusion, with Langevin steps at each level before it. */
export function readScoreSdeVe(file: SchedulerFile): SchedulerParts {
  const { config } = file;
  const positive = { min: Number.MIN_VALUE };
  const tMin = config.number('sampling_eps', 1e-5, positive);
  const [sigmaMin, sigmaMax] = [config.number('sigma_min', 0.01, positive), config.number('sigma_max', 1348, positive)];
  return {
    schedule: use('ve-sde', { sigmaMin, sigmaMax, tMin }),
    grid: use('linspace', { extraPoint: false }),
    sampler: use('predictor-corrector', {
      corrections: config.integer('correct_steps', 1, { min: 0 }),
      snr: config.number('snr', 0.15, positive),
      norms: file.repeats('batch-norms') ? 'batch' : undefined,
      finalNoise: file.repeats('final-noise') ? true : undefined,
      stepSigmas: file.repeats('stepped-sigmas') ? [sigmaMax, sigmaMin] : undefined,
    }),
    parameterization: use('score', { time: 'sigma' }),
  };
}
