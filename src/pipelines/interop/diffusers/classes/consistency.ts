import { refuseScheduler } from '../refuse.js';
import type { SchedulerFile, SchedulerParts } from '../scheduler-file.js';
import { use } from '../use.js';

/** `CMStochasticIterativeScheduler`. */
export function readConsistency(file: SchedulerFile): SchedulerParts {
  const { config, setTimesteps } = file;
  const positive = { min: Number.MIN_VALUE };
  const trainSteps = config.integer('num_train_timesteps', 40, { min: 2 });
  const sigmaMin = config.number('sigma_min', 0.002, positive);
  const sigmaMax = config.number('sigma_max', 80, positive);
  const rho = config.number('rho', 7, positive);
  const noiseScale = config.number('s_noise', 1, { min: 0 });
  const indices = setTimesteps.numbers('timesteps');
  const falls = indices?.every((index, i) => Number.isSafeInteger(index) && index < (indices[i - 1] ?? trainSteps));
  if (falls === false) setTimesteps.refuse('timesteps', `whole numbers that fall, from ${trainSteps - 1} at most`);
  if (indices === undefined && file.steps > trainSteps)
    refuseScheduler({
      problem: 'there are more steps than levels that the model was trained on',
      got: `steps ${file.steps} with num_train_timesteps ${trainSteps}`,
      expected: `steps up to ${trainSteps}`,
      fix: 'ask for fewer steps, or give timesteps to set_timesteps',
    });
  const grid = use('consistency', {
    trainLevels: trainSteps === 40 ? undefined : trainSteps,
    rho: rho === 7 ? undefined : rho,
  });
  return {
    schedule: use('edm', { sigmaMin, sigmaMax }),
    grid:
      indices === undefined
        ? grid
        : use('custom', { sigmas: rampAt(indices, { trainSteps, sigmaMin, sigmaMax, rho }) }),
    sampler: use('consistency', { sigmaMin, noiseScale: noiseScale === 1 ? undefined : noiseScale }),
    parameterization: use('consistency', { sigmaMin, sigmaData: config.number('sigma_data', 0.5, positive) }),
    clip: config.flag('clip_denoised', true) ? { range: 1 } : undefined,
  };
}

interface Ramp {
  readonly trainSteps: number;
  readonly sigmaMin: number;
  readonly sigmaMax: number;
  readonly rho: number;
}

/** Sigmas of the training ramp; indices count from its largest, and the list is read from its end. */
function rampAt(indices: readonly number[], { trainSteps, sigmaMin, sigmaMax, rho }: Ramp): readonly number[] {
  const [high, low] = [sigmaMax ** (1 / rho), sigmaMin ** (1 / rho)];
  return indices.toReversed().map((index) => (high + (index / (trainSteps - 1)) * (low - high)) ** rho);
}
