/**
 * Away from a condition, but only where it does not pull against the wanted one: samples of "a dog" and not "a cat" stay
 * dogs.
 *
 * Perp-Neg (Armandpour et al. 2023, "Re-imagine the Negative Prompt Algorithm", equation 7): of what the unwanted condition
 * says, only the part perpendicular to the wanted one is subtracted. The unwanted condition is `conditions: { away }`.
 */
import { definePlugin, Roles, type Branch, type Guidance } from 'rxdiffusion/plugin';
import { z } from 'zod';

const BRANCHES: readonly Branch[] = [
  { name: 'conditional' },
  { name: 'unconditional', condition: 'unconditional' },
  { name: 'away', condition: 'away' },
];
const scale = z.number().min(-1e9).max(1e9);

export const perpNeg = definePlugin({
  role: Roles.guidance,
  name: 'perp-neg',
  summary: 'Classifier-free guidance, and away from what an unwanted condition says beside the wanted one.',
  reference: 'Armandpour et al. 2023, "Re-imagine the Negative Prompt Algorithm", equation 7',
  tags: { live: true, when: 'plain negative conditions pull samples away from the wanted one too' },
  config: z.strictObject({
    scale: scale.default(2).describe('guidance scale; may be live'),
    away: scale.default(1).describe('weight of the unwanted condition'),
  }),
  create: ({ config }): Guidance => ({
    live: { scale: (value) => scale.safeParse(value).success },
    branches: () => BRANCHES,
    init: () => ({}),
    combine(state, { readings: { conditional, unconditional, away }, live, combine, dot, perSample }) {
      if (!conditional || !unconditional || !away) throw new Error('a reading is missing');
      const factor = typeof live['scale'] === 'number' ? live['scale'] : config.scale;
      const wanted = combine([1, conditional.denoised], [-1, unconditional.denoised]);
      const unwanted = combine([1, away.denoised], [-1, unconditional.denoised]);
      // How much of the unwanted direction lies along the wanted one; where that is zero, nothing does.
      const square = perSample('maximum', dot(wanted, wanted), 1e-12);
      const along = perSample('multiply', perSample('divide', dot(unwanted, wanted), square), factor * config.away);
      const toWanted = perSample('add', along, factor);
      const toAway = -factor * config.away;
      const toNothing = perSample('subtract', 1 - toAway, toWanted);
      const sum = (of: 'denoised' | 'noise') =>
        combine([toWanted, conditional[of]], [toAway, away[of]], [toNothing, unconditional[of]]);
      return [state, { denoised: sum('denoised'), noise: sum('noise') }];
    },
  }),
});
