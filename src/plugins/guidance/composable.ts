import { z } from 'zod';
import { real } from '../../core/assembly/config-numbers.js';
import type { Branch } from '../../core/contracts/guidance.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { CONDITIONAL, UNCONDITIONAL } from './branches.js';
import { liveScale } from './guidance-scale.js';
import { weighedBranches, type Weights } from './weighed-branches.js';

const scale = real().describe('multiplies all weights: 0 is the unconditional network; may be live');
const weights = z
  .record(z.string().min(1), real())
  .refine((named) => Object.keys(named).length > 0 && !Object.hasOwn(named, UNCONDITIONAL.name), {
    error: 'expected names of conditions; unconditional is what they are compared with',
  })
  .default({ [CONDITIONAL.name]: 1 })
  .describe(
    'weight of each of the request’s conditions by its name, conditional for `condition`; below 0 goes away from it',
  );
const config = z.strictObject({ weights, scale: scale.default(1) });

/**
 * Composed conditions: `unconditional + sum of w_i * (reading_i - unconditional)` over the request's `conditions`, each
 * with a weight, so that samples fit all of them; a negative weight is “and not” (Liu et al. 2022, "Compositional Visual
 * Generation with Composable Diffusion Models", equation 11). All readings come from one batched call. `scale`
 * multiplies the weights and may be live. When: a sample has to fit several conditions at once.
 */
export const composable = definePlugin({
  role: Roles.guidance,
  name: 'composable',
  summary: 'Composed conditions: unconditional + the weighted sum of each condition’s difference from it.',
  reference: 'Liu et al. 2022, "Compositional Visual Generation with Composable Diffusion Models", equation 11',
  tags: { live: true, when: 'a sample has to fit several conditions at once, or one and not another' },
  config,
  create: ({ config }) => {
    const { live, of } = liveScale(config.scale, scale);
    const branches = Object.keys(config.weights).map((name): Branch => Object.freeze({ name, condition: name }));
    const sum = Object.values(config.weights).reduce((total, weight) => total + weight, 0);
    const weighed: Weights = (_, values) => [
      [1 - of(values) * sum, UNCONDITIONAL],
      ...branches.map((branch) => [of(values) * (config.weights[branch.name] ?? 0), branch] as const),
    ];
    return { live, ...weighedBranches(weighed) };
  },
});
