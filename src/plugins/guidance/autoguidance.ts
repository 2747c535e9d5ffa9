import { z } from 'zod';
import { real } from '../../core/assembly/config-numbers.js';
import type { Branch } from '../../core/contracts/guidance.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { CONDITIONAL } from './branches.js';
import { liveScale } from './guidance-scale.js';
import { weighedBranches, type Weights } from './weighed-branches.js';

const scale = real().describe('1 is the network itself, more goes away from the weaker one; may be live');
const config = z.strictObject({ scale: scale.default(2) });

/** The weaker network under the same condition. */
const WEAK: Branch = Object.freeze({ name: 'weak', slot: 'denoiser:weak' });

/**
 * Autoguidance: away from a weaker version of the network (smaller, or trained for a shorter time) under the same
 * condition, `weak + scale * (network - weak)` (Karras et al. 2024, "Guiding a Diffusion Model with a Bad Version of
 * Itself", section 3). The weaker network is in the slot `denoiser:weak`. `scale` may be live.
 * When: better images without loss of variety, with a condition or without, and a weaker network is available.
 */
export const autoguidance = definePlugin({
  role: Roles.guidance,
  name: 'autoguidance',
  summary: 'Away from a weaker version of the network under the same condition: weak + scale * (network - weak).',
  reference: 'Karras et al. 2024, "Guiding a Diffusion Model with a Bad Version of Itself", section 3',
  tags: {
    live: true,
    when: 'better images without loss of variety, with a condition or without; a weaker network is available',
  },
  config,
  create: ({ config }) => {
    const { live, of } = liveScale(config.scale, scale);
    const weights: Weights = (_, values) => [
      [of(values), CONDITIONAL],
      [1 - of(values), WEAK],
    ];
    return { live, ...weighedBranches(weights) };
  },
});
