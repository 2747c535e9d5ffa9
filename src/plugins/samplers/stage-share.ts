import { z } from 'zod';

/** Where inside of a step a stage is, as a share of the step in lambda. */
export const stageShare = z
  .number()
  .min(1e-3)
  .max(1)
  .describe('where the second call is made, as a share of the step in lambda; 1 is its end');
