import { z } from 'zod';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import type { Guidance } from '../../core/contracts/guidance.js';
import { Roles } from '../../core/assembly/roles.js';
import { apg } from './apg.js';
import { autoguidance } from './autoguidance.js';
import { cfg } from './cfg.js';
import { cfgPlusPlus } from './cfg-plus-plus.js';
import { cfgRescale } from './cfg-rescale.js';
import { cfgZeroStar } from './cfg-zero-star.js';
import { classifier } from './classifier.js';
import { composable } from './composable.js';
import { interval } from './interval.js';
import { magnitudeAware } from './magnitude-aware.js';
import { none } from './none.js';
import { pag } from './pag.js';
import { reusing } from './reuse.js';
import { skipLayer } from './skip-layer.js';
import { tangential } from './tangential.js';

const GUIDANCES = {
  ...{ none, cfg, interval, apg, pag, composable, classifier, autoguidance },
  ...{ 'cfg-rescale': cfgRescale, 'cfg-plus-plus': cfgPlusPlus, 'cfg-zero-star': cfgZeroStar, 'skip-layer': skipLayer },
  ...{ tangential, 'magnitude-aware': magnitudeAware },
};
const NAMES = Object.keys(GUIDANCES) as [keyof typeof GUIDANCES];

const wrapped = z
  .strictObject({
    name: z.enum(NAMES).default('none').describe('the guidance whose readings are remembered'),
    config: z.record(z.string(), z.json()).default({}).describe('its config'),
  })
  .refine(
    ({ name, config }) => GUIDANCES[name].config.safeParse(config).success,
    'does not fit the config of that guidance',
  );

const config = z.strictObject({
  of: wrapped.prefault({}).describe('the guidance that asks for readings'),
  threshold: z
    .number()
    .min(0)
    .max(10)
    .default(0.1)
    .describe('change of the input, as a share of its size, up to which readings are reused; 0 reuses none'),
  order: z
    .union([z.literal(0), z.literal(1)])
    .default(1)
    .describe('0 holds what was read; 1 goes on along the line through the last two readings'),
});

/**
 * Reuse of network outputs: where the input has changed little since the last call, the network is not called, and what it
 * said stands for what it would say (Liu et al. 2024, "TeaCache", section 3.3, with the change of the input from the noise
 * levels and not measured; order 1: Liu et al. 2025, "TaylorSeer", equation 5). Around any other guidance of this package,
 * each of its branches by itself. A step that made no call has the `nfe` of the event before.
 * When: 20 steps and more, where a run may cost half as much for a small error.
 */
export const cached = definePlugin({
  role: Roles.guidance,
  name: 'cached',
  summary: 'Reuse of network outputs while the input has changed little, around any other guidance.',
  reference:
    'Liu et al. 2024, "Timestep Embedding Tells: It\'s Time to Cache for Video Diffusion Model" (TeaCache), section 3.3; order 1: Liu et al. 2025, "TaylorSeer", equation 5',
  tags: { live: true, when: '20 steps and more, where a run may cost half as much for a small error' },
  config,
  create: async ({ config: { of, ...reuse } }): Promise<Guidance> => {
    const inner = GUIDANCES[of.name];
    const guidance = await inner.create({ config: inner.config.parse(of.config) });
    return reusing(guidance, reuse);
  },
});
