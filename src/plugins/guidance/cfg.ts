import { z } from 'zod';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { CONDITIONAL, UNCONDITIONAL } from './branches.js';
import { liveScale, scale } from './guidance-scale.js';
import { weighedBranches, type Weights } from './weighed-branches.js';

const config = z.strictObject({ scale: scale.default(2) });

/**
 * Classifier-free guidance: `unconditional + scale * (conditional - unconditional)` (Ho & Salimans 2022, equation 6,
 * with scale = 1 + w). Scales 1 and 0 need one side only, and a network call of half the batch. `scale` may be live.
 * When: the usual choice for networks that were trained with dropped conditions.
 */
export const cfg = definePlugin({
  role: Roles.guidance,
  name: 'cfg',
  summary: 'Classifier-free guidance: unconditional + scale * (conditional - unconditional).',
  reference: 'Ho & Salimans 2022, equation 6, with scale = 1 + w',
  tags: { live: true, when: 'the usual choice for networks that were trained with dropped conditions' },
  config,
  create: ({ config }) => {
    const { live, of } = liveScale(config.scale);
    const weights: Weights = (_, values) => [
      [1 - of(values), UNCONDITIONAL],
      [of(values), CONDITIONAL],
    ];
    return { live, ...weighedBranches(weights) };
  },
});
