import { z } from 'zod';
import { MOST, positive, whole } from '../../core/assembly/config-numbers.js';

/** Config keys that every optimiser of this folder shares. */
export const learningRateConfig = {
  learningRate: positive().default(1e-3).describe('Largest learning rate'),
  warmUp: whole(MOST.updates, 0).default(0).describe('Updates over which the learning rate rises linearly'),
  decay: z.enum(['none', 'cosine']).default('none').describe('How the learning rate falls after the warm-up'),
  totalSteps: whole(MOST.updates).optional().describe('Update at which cosine decay reaches 0; needed with cosine'),
};

/** The learning rate of each update as a plan. */
export interface LearningRatePlan {
  readonly learningRate: number;
  readonly warmUp: number;
  readonly decay: 'none' | 'cosine';
  readonly totalSteps?: number | undefined;
}

/** Whether a plan says all that it needs: for zod's `refine`. */
export function isCompletePlan({ decay, totalSteps, warmUp }: LearningRatePlan): boolean {
  return decay === 'none' || (totalSteps !== undefined && totalSteps > warmUp);
}

/** What `isCompletePlan` asks for, as the schema's message. */
export const INCOMPLETE_PLAN = {
  message: 'decay cosine needs totalSteps, larger than warmUp',
  path: ['totalSteps'],
};

/**
 * The learning rate of an update: it rises linearly over the warm-up (the first update is already one part of it),
 * then stays or falls along half a cosine to 0 (Loshchilov & Hutter 2017, eq. 5, without restarts).
 *
 * @param step - 0 for the first update
 */
export function learningRateAt(plan: LearningRatePlan, step: number): number {
  const { learningRate, warmUp, decay, totalSteps } = plan;
  if (step < warmUp) return (learningRate * (step + 1)) / warmUp;
  if (decay === 'none' || totalSteps === undefined) return learningRate;
  const progress = Math.min(1, (step - warmUp) / (totalSteps - warmUp));
  return (learningRate * (1 + Math.cos(Math.PI * progress))) / 2;
}
