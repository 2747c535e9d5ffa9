import { expect, it } from 'vitest';
import { samplingRecipe } from '../../../src/core/assembly/sampling-recipe.js';

it('leaves out data, folders and all that only training needs, labelled slots too', () => {
  const plugins = {
    denoiser: 'mlp',
    'denoiser:weak': 'mlp',
    sampler: 'ddim',
    dataset: 'digits',
    'dataset:more': 'digits',
    optimizer: 'adam',
    objective: 'denoising-score-matching',
    timestepSampler: 'uniform',
    average: 'ema',
    store: 'memory',
    observer: ['progress'],
  };
  const { plugins: kept, ...rest } = samplingRecipe({ format: 1, plugins, train: { steps: 1 }, sample: { steps: 2 } });
  expect(Object.keys(kept)).toEqual(['denoiser', 'denoiser:weak', 'sampler']);
  expect(rest).toEqual({ format: 1, sample: { steps: 2 } });
});
