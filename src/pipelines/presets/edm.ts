import { definePreset } from '../../core/assembly/preset.js';
import { common } from './every-preset.js';

/** Karras et al. 2022: the variance-exploding path, preconditioning, Heun's method on the rho-7 grid. */
export const edm = definePreset({
  name: 'edm',
  description: 'EDM: variance-exploding path, preconditioned network, Heun on the Karras grid (Karras et al. 2022).',
  plugins: {
    ...common,
    schedule: 'edm',
    grid: 'karras',
    parameterization: 'edm',
    sampler: 'heun',
    objective: { name: 'denoising-score-matching', config: { weighting: 'edm' } },
    timestepSampler: 'log-normal',
  },
});
