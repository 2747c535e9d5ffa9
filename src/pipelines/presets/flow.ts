import { definePreset } from '../../core/assembly/preset.js';
import { common } from './every-preset.js';

/** Lipman et al. 2023; Esser et al. 2024: the straight path, a network that predicts its velocity, Euler's method. */
export const flow = definePreset({
  name: 'flow',
  description: 'Flow matching: straight path, velocity prediction, Euler (Lipman et al. 2023; Esser et al. 2024).',
  plugins: {
    ...common,
    schedule: 'flow',
    grid: 'linspace',
    parameterization: { name: 'flow', config: { time: 'sigma', timeScale: 1000 } },
    sampler: 'euler',
    objective: { name: 'denoising-score-matching', config: { target: 'flow' } },
    timestepSampler: 'logit-normal',
  },
});
