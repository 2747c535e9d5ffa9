import { z } from 'zod';
import { MOST, whole } from '../../core/assembly/config-numbers.js';
import type { NoiseSchedule } from '../../core/contracts/noise-schedule.js';
import { DiffusionError } from '../../core/errors/diffusion-error.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { checkSteps } from './grid-steps.js';

const config = z.strictObject({
  originalSteps: whole(MOST.trainSteps).default(50).describe('steps of the grid that the network was distilled on'),
  strength: z
    .number()
    .gt(0)
    .max(1)
    .default(1)
    .describe('part of those steps to use, from the clean end (for images to start from)'),
});

/**
 * Some of the times on which a latent consistency model was distilled: an even grid of `originalSteps`, of which as
 * many are taken as there are steps, the noisiest first (Luo et al. 2023, "Latent Consistency Models", section 4.3).
 * When: the network is a latent consistency model.
 */
export const lcm = definePlugin({
  role: Roles.grid,
  name: 'lcm',
  summary: 'Some of the times on which a latent consistency model was distilled, the noisiest first.',
  reference: 'Luo et al. 2023, "Latent Consistency Models", section 4.3',
  tags: { spacing: 'time', when: 'the network is a latent consistency model' },
  config,
  create: ({ config: { originalSteps, strength } }) => ({
    levels(schedule, steps) {
      const used = Math.floor(originalSteps * strength);
      checkSteps(steps, used);
      const chosen = Array.from({ length: steps }, (_, i) => used - Math.floor(i * (used / steps)));
      return [...chosen.map((place) => schedule.at(timeOf(schedule, place, originalSteps))), schedule.clean];
    },
  }),
});

/** The time at a place 1 … originalSteps of the grid of the distillation. */
function timeOf({ trainSteps, tMin, tMax }: NoiseSchedule, place: number, originalSteps: number): number {
  if (trainSteps === undefined) return tMin + ((tMax - tMin) * place) / originalSteps;
  if (trainSteps < originalSteps) throw tooFew(trainSteps, originalSteps);
  return place * Math.floor(trainSteps / originalSteps) - 1;
}

function tooFew(trainSteps: number, originalSteps: number): DiffusionError {
  return new DiffusionError('RXD_COMBINATION', {
    problem: 'the schedule has fewer times than the grid of the distillation',
    got: `${trainSteps} training steps and originalSteps ${originalSteps}`,
    expected: 'at most as many originalSteps as training steps',
    fix: 'set the grid’s originalSteps to those that the network was distilled with',
    plugin: 'grid/lcm',
  });
}
