import { z } from 'zod';

/** What the two-step solvers of the DPM-Solver family may be told, on the ODE and on the SDE. */
export const twoStepConfig = z.strictObject({
  solver: z.enum(['midpoint', 'heun']).default('midpoint').describe('how the second order term is weighted'),
  finalOrder: z
    .union([z.literal(1), z.literal(2)])
    .default(2)
    .describe('order of the last step; 1 steadies runs of few steps'),
});
