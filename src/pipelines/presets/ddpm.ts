import { definePreset } from '../../core/assembly/preset.js';
import { common } from './every-preset.js';

/** Ho et al. 2020: a linear schedule, a network that predicts the noise, ancestral sampling. */
export const ddpm = definePreset({
  name: 'ddpm',
  description: 'Denoising diffusion: linear schedule, noise prediction, ancestral sampling (Ho et al. 2020).',
  plugins: {
    ...common,
    schedule: 'linear',
    grid: 'trailing',
    parameterization: 'epsilon',
    sampler: 'ddpm',
    objective: { name: 'denoising-score-matching', config: { target: 'noise' } },
    timestepSampler: 'uniform',
  },
});
