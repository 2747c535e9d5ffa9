import { z } from 'zod';
import type { NoiseSource } from '../../core/contracts/noise-source.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { normals, uniforms } from '../../core/random/draws.js';

/**
 * Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3") with normals by Box and Muller:
 * every number is a function of (seed, purpose, step, element) and has the same bits on every platform. When: always,
 * unless runs of torch are to be repeated.
 */
export const philox = definePlugin({
  role: Roles.noise,
  name: 'philox',
  summary:
    'Counter-based random numbers: each is a function of seed, purpose, step and element, with the same bits everywhere.',
  reference: 'Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"; normals by Box & Muller 1958',
  tags: { when: 'always, unless runs of torch are to be repeated' },
  config: z.strictObject({}),
  create: (): NoiseSource => ({
    normal: normals,
    uniform: uniforms,
    normalFrom: normals,
    uniformFrom: uniforms,
  }),
});
