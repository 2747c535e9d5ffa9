import { z } from 'zod';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { CONDITIONAL, UNCONDITIONAL } from './branches.js';
import { liveScale, scale } from './guidance-scale.js';
import { above, isInside, upTo } from './noise-interval.js';
import { weighedBranches, type Weights } from './weighed-branches.js';

const config = z.strictObject({
  scale: scale.default(2),
  above: above.default(0.2),
  upTo: upTo.default(2),
});

/**
 * Classifier-free guidance in a limited interval of noise: `cfg` where `above < sigma / alpha <= upTo`, the conditional
 * network alone elsewhere, at half the cost (Kynkäänniemi et al. 2024, "Applying Guidance in a Limited Interval",
 * section 3, in the sigma of Karras et al. 2022). At high noise guidance reduces variety, at low noise it is not
 * needed. `scale` may be live.
 * When: guidance reduces variety, or costs too much.
 */
export const interval = definePlugin({
  role: Roles.guidance,
  name: 'interval',
  summary: 'Classifier-free guidance in a limited interval of noise, the conditional network alone elsewhere.',
  reference: 'Kynkäänniemi et al. 2024, "Applying Guidance in a Limited Interval", section 3',
  tags: { live: true, when: 'guidance reduces variety, or costs too much' },
  config,
  create: ({ config }) => {
    const { live, of } = liveScale(config.scale);
    const weights: Weights = (level, values) => {
      const now = isInside(level, config) ? of(values) : 1;
      return [
        [1 - now, UNCONDITIONAL],
        [now, CONDITIONAL],
      ];
    };
    return { live, ...weighedBranches(weights) };
  },
});
