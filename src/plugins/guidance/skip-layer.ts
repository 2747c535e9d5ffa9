import { z } from 'zod';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { above, isInside, upTo } from './noise-interval.js';
import { cfgScale, layers, perturbedGuidance, scale } from './perturbed.js';

const config = z.strictObject({
  scale: scale.default(2.5),
  cfgScale: cfgScale.default(2),
  layers,
  above: above.default(4),
  upTo: upTo.default(null),
});

/**
 * Skip-layer guidance: away from the same network without some of its layers, `cfg + scale * (conditional - skipped)`
 * where `above < sigma / alpha <= upTo`, and `cfg` elsewhere (Stability AI 2024, reference code of Stable Diffusion
 * 3.5, which guides in the first fifth of its steps: on an even grid of the flow path sigma / alpha is 4 there). The
 * network must offer `skip-layer`. `scale` and `cfgScale` may be live.
 * When: the structure of samples is wrong, and there is no weaker network.
 */
export const skipLayer = definePlugin({
  role: Roles.guidance,
  name: 'skip-layer',
  summary: 'Skip-layer guidance: cfg, and away from the same network without some of its layers where noise is high.',
  reference: 'Stability AI 2024, reference code of Stable Diffusion 3.5: skip layer guidance',
  tags: { live: true, when: 'the structure of samples is wrong, and there is no weaker network' },
  config,
  create: ({ config }) => perturbedGuidance('skip-layer', config, (level) => isInside(level, config)),
});
