import { z } from 'zod';
import { MOST, listOf, positive, real, whole } from '../../core/assembly/config-numbers.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { epochBytes, pointMixture, type PointMixture } from './point-mixture.js';

const RING = Array.from({ length: 8 }, (_, i) => [
  1.2 * Math.cos((i * Math.PI) / 4),
  1.2 * Math.sin((i * Math.PI) / 4),
]);

const config = z
  .strictObject({
    means: listOf(listOf(real()))
      .default(RING)
      .describe('Centre of each component, as many coordinates as the points have; eight on a circle where absent.'),
    stds: z
      .union([positive(), listOf(positive())])
      .default(0.12)
      .describe('Standard deviation of each component along every axis, or one for all.'),
    weights: listOf(positive()).optional().describe('Shares of the components; equal where absent.'),
    size: whole(MOST.examples).default(8192).describe('Points in an epoch; every epoch draws new ones.'),
  })
  .refine(({ means }) => means.every((mean) => mean.length === means[0]?.length), {
    error: 'every mean needs the same number of coordinates',
    path: ['means'],
  })
  .refine(({ means, stds }) => typeof stds === 'number' || stds.length === means.length, {
    error: 'needs one number for all components or one for each',
    path: ['stds'],
  })
  .refine(({ means, weights }) => weights === undefined || weights.length === means.length, {
    error: 'needs one number for each component',
    path: ['weights'],
  });

/** The mixture that a config of `gaussian-mixture` describes, with shares that sum to 1: what an exact score needs. */
function mixtureOf({ means, stds, weights }: Omit<z.output<typeof config>, 'size'>): PointMixture {
  const shares = weights ?? means.map(() => 1);
  const sum = shares.reduce((total, share) => total + share, 0);
  return {
    means,
    stds: typeof stds === 'number' ? means.map(() => stds) : stds,
    weights: shares.map((share) => share / sum),
    labels: means.map((_, component) => component),
  };
}

/**
 * Points `[dimensions]` of a mixture of round Gaussians, labelled by component. Density, score and the best denoiser
 * are known in closed form (`exactReading` of `rxdiffusion/testing`). Source: this package.
 * When: a sampler or network is to be judged against the exact density, score and denoiser.
 */
export const gaussianMixture = definePlugin({
  role: Roles.dataset,
  name: 'gaussian-mixture',
  summary: 'Points of a mixture of round Gaussians, labelled by component.',
  reference: 'This package: density, score and best denoiser of a mixture in closed form',
  tags: {
    data: 'points',
    labels: true,
    when: 'a sampler or network is to be judged against the exact density, score and denoiser',
  },
  config,
  inject: { noise: Roles.noise },
  memory: ({ size, means }) => epochBytes(size, means[0]?.length ?? 1),
  create({ config, noise }) {
    const shape = [config.means[0]?.length ?? 0];
    const info = { name: 'gaussian-mixture', size: config.size, shape, classes: config.means.length };
    return pointMixture(info, mixtureOf(config), noise);
  },
});
