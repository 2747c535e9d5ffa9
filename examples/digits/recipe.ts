import type { Recipe } from 'rxdiffusion';

/** Images kept out of training, to measure against. */
export const HELD_OUT = 150;

/** Training that a test can afford as well as a real one. */
export interface DigitsSettings {
  /** Optimiser updates. */
  readonly steps: number;
  /** Channels of the two levels of the U-Net. */
  readonly channels: readonly [number, number];
  /** Steps of a sampling run. */
  readonly samplingSteps: number;
  /** Folder that is filled. */
  readonly out: string;
}

/** What `npm start` runs. */
export const FULL: DigitsSettings = { steps: 1700, channels: [32, 64], samplingSteps: 50, out: 'out' };

/** A small class-conditional U-Net that predicts v on the cosine schedule, sampled by DDIM with a little guidance. */
export function digitsRecipe({ steps, channels, samplingSteps, out }: DigitsSettings): Recipe {
  const warmUp = Math.min(50, steps - 1);
  return {
    format: 1,
    plugins: {
      engine: 'auto',
      noise: 'philox',
      dataset: { name: 'digits', config: { holdOut: HELD_OUT, split: 'train' } },
      conditioner: { name: 'class-label', config: { classes: 10, dropout: 0.05 } },
      denoiser: { name: 'unet2d', config: network(channels) },
      schedule: 'cosine',
      grid: 'trailing',
      parameterization: 'v',
      // Little, and not where noise is highest: guidance everywhere at 2 loses three quarters of the variety.
      guidance: { name: 'interval', config: { scale: 1.25, above: 1, upTo: 20 } },
      sampler: 'ddim',
      objective: { name: 'denoising-score-matching', config: { target: 'v' } },
      timestepSampler: 'uniform',
      optimizer: { name: 'adamw', config: { learningRate: 4e-3, warmUp, decay: 'cosine', totalSteps: steps } },
      average: { name: 'ema', config: { decay: 0.995 } },
      postProcessor: [
        { name: 'upscale', config: { factor: 6, method: 'bicubic' } },
        { name: 'sheet', config: { columns: 10, gap: 4 } },
        'to-pixels',
      ],
      store: { name: 'folder', config: { path: out } },
      observer: ['progress'],
    },
    train: { steps, batchSize: 32, seed: 1, keep: 1 },
    sample: { steps: samplingSteps, clip: { range: 1 } },
  };
}

function network(channels: readonly [number, number]) {
  return {
    sample_size: 8,
    in_channels: 1,
    out_channels: 1,
    block_out_channels: channels,
    down_block_types: ['DownBlock2D', 'AttnDownBlock2D'],
    up_block_types: ['AttnUpBlock2D', 'UpBlock2D'],
    layers_per_block: 1,
    attention_head_dim: 32,
    norm_num_groups: 8,
    num_class_embeds: 11,
  };
}
