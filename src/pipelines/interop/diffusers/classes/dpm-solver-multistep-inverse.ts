import type { Use } from '../../../../core/assembly/recipe.js';
import { multistepParts, type MultistepKeys } from '../multistep-parts.js';
import type { SchedulerFile, SchedulerParts } from '../scheduler-file.js';
import { readSigmaRule } from '../sigma-flags.js';
import { readSiblingName } from '../solver-names.js';
import { readSpacing } from '../spaced-grid.js';
import { flipped } from '../use.js';
import { trainStepsOf } from '../vp-schedule.js';
import { multistepSampler } from './dpm-solver-multistep.js';

const KEYS: MultistepKeys = { spaced: true, clipped: true, final: 'sigma-min', ruleFinal: 'repeat' };

/** `DPMSolverMultistepInverseScheduler`: from data up to noise. Noise on the SDE has no sense there. */
export function readDpmSolverMultistepInverse(file: SchedulerFile): SchedulerParts {
  const { config } = file;
  if (config.flag('use_flow_sigmas', false)) config.refuse('use_flow_sigmas', 'false: its sigmas would fall');
  const algorithm = readSiblingName(config, 'algorithm_type', ['dpmsolver++', 'dpmsolver'], ['deis']);
  const parts = multistepParts(
    file,
    multistepSampler(file, algorithm),
    KEYS,
    algorithm === 'dpmsolver' ? 'noise' : 'x0',
  );
  return { ...parts, grid: upward(file, parts.grid) };
}

function upward(file: SchedulerFile, grid: Use): Use {
  const { config, steps } = file;
  const { name, offset } = readSpacing(config, { spacing: 'linspace' });
  if (readSigmaRule(config) !== undefined) return flipped(grid, file.repeats('no-op-last-step'));
  if (name === 'linspace') return flipped({ name, config: { extraPoint: true, final: 'sigma-min' } }, false);
  // From the least noisy level of the table on, which diffusers leaves out to stay at the noisiest for a step.
  if (name === 'trailing')
    return file.repeats('no-op-last-step')
      ? flipped('trailing', true)
      : flipped({ name: 'trailing', config: { final: 'sigma-min' } });
  const stride = Math.floor(trainStepsOf(config) / (steps + 1));
  const times = Array.from({ length: steps }, (_, i) => (steps - 1 - i) * stride + offset);
  return flipped({ name: 'custom', config: { times: [trainStepsOf(config) - 1, ...times], final: 'listed' } }, false);
}
