import { z } from 'zod';
import { MOST, positive, whole } from '../../core/assembly/config-numbers.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { epochBytes, pointMixture, type PointMixture } from './point-mixture.js';

const ANGLES = 128;

const config = z.strictObject({
  noise: positive(1).default(0.1).describe('Standard deviation around the moons, whose radius is 1.'),
  size: whole(MOST.examples).default(8192).describe('Points in an epoch; every epoch draws new ones.'),
});

/**
 * The two moons as a mixture: 128 equal Gaussians along each of two half circles of radius 1, the lower one shifted by
 * (1, -0.5), all centred on the origin. Being a mixture, its score is exactly known.
 */
export function twoMoonsMixture(noise: number): PointMixture {
  const angles = Array.from({ length: ANGLES }, (_, i) => ((i + 0.5) * Math.PI) / ANGLES);
  const upper = angles.map((angle) => [Math.cos(angle) - 0.5, Math.sin(angle) - 0.25]);
  const lower = upper.map(([x = 0, y = 0]) => [-x, -y]);
  const means = [...upper, ...lower];
  return {
    means,
    stds: means.map(() => noise),
    weights: means.map(() => 1 / means.length),
    labels: means.map((_, component) => (component < ANGLES ? 0 : 1)),
  };
}

/**
 * Points `[2]` on two interleaved half circles, labelled 0 (upper) and 1 (lower). Source: the shape of scikit-learn's
 * make_moons, as a mixture of 256 Gaussians.
 * When: a network is to be trained in seconds, and its samples looked at.
 */
export const twoMoons = definePlugin({
  role: Roles.dataset,
  name: 'two-moons',
  summary: 'Points on two interleaved half circles, labelled 0 (upper) and 1 (lower).',
  reference: 'The shape of make_moons of scikit-learn, as a mixture of 256 Gaussians',
  tags: { data: 'points', labels: true, when: 'a network is to be trained in seconds, and looked at' },
  config,
  inject: { noise: Roles.noise },
  memory: ({ size }) => epochBytes(size, 2),
  create({ config, noise }) {
    const info = { name: 'two-moons', size: config.size, shape: [2], classes: 2 };
    return pointMixture(info, twoMoonsMixture(config.noise), noise);
  },
});
