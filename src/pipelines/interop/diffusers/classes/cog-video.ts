import type { Use } from '../../../../core/assembly/recipe.js';
import { readPrediction } from '../prediction.js';
import { refuseScheduler, said } from '../refuse.js';
import type { SchedulerFields } from '../scheduler-fields.js';
import type { SchedulerFile, SchedulerParts } from '../scheduler-file.js';
import { readPreviousTime, readTimeGrid } from '../spaced-grid.js';
import { use } from '../use.js';
import { trainStepsOf } from '../vp-schedule.js';

/** `CogVideoXDDIMScheduler`: DDIM without noise or clipping, on a table whose SNR is divided by `snr_shift_scale`. */
export function readCogVideoXDdim(file: SchedulerFile): SchedulerParts {
  const { config } = file;
  const zeroSnr = config.flag('rescale_betas_zero_snr', false);
  const schedule = use('custom-alphas-cumprod', {
    alphasCumprod: shiftedTable(config),
    zeroTerminalSnr: zeroSnr ? true : undefined,
    finalAlpha: config.flag('set_alpha_to_one', true) ? undefined : 'first',
  });
  return {
    schedule,
    grid: readTimeGrid(file),
    sampler: use('ddim', { previousTime: readPreviousTime(file) }) satisfies Use,
    parameterization: readPrediction(config, ['epsilon', 'sample', 'v_prediction']),
  };
}

/** alpha² of each training step, its signal-to-noise ratio divided by the scale. */
function shiftedTable(config: SchedulerFields): number[] {
  const scale = config.number('snr_shift_scale', 3, { min: Number.MIN_VALUE });
  const betas = betasOf(config);
  let product = 1;
  const table = betas.map((beta) => {
    product *= 1 - beta;
    return product / (scale + (1 - scale) * product);
  });
  if (table.every((value, i) => value < (table[i - 1] ?? 1))) return table;
  return refuseScheduler({
    problem: '`beta_start`, `beta_end`, `trained_betas` and `snr_shift_scale` make levels that do not get noisier',
    got: `betas from ${said(betas[0])} to ${said(betas.at(-1))}, snr_shift_scale ${said(scale)}`,
    expected: 'each training step with less signal than the one before it',
    fix: 'give betas between 0 and 1, without both',
  });
}

function betasOf(config: SchedulerFields): readonly number[] {
  const own = config.numbers('trained_betas');
  if (own !== undefined) return own;
  const name = config.choice('beta_schedule', 'scaled_linear', ['scaled_linear', 'linear']);
  const range = { min: 0, max: 1 };
  const [start, end] = [config.number('beta_start', 0.00085, range), config.number('beta_end', 0.012, range)];
  const power = name === 'linear' ? 1 : 2;
  const [low, high] = [start ** (1 / power), end ** (1 / power)];
  const steps = trainStepsOf(config);
  return Array.from({ length: steps }, (_, i) => (low + ((high - low) * i) / Math.max(1, steps - 1)) ** power);
}
