import type { Slots } from '../../core/assembly/recipe.js';

/** What every preset starts from: how to compute, draw, train and average. A recipe replaces any of it. */
export const common: Slots = {
  engine: 'auto',
  noise: 'philox',
  guidance: 'none',
  optimizer: { name: 'adamw', config: { learningRate: 1e-3, warmUp: 100 } },
  average: { name: 'ema', config: { decay: 0.999 } },
};
