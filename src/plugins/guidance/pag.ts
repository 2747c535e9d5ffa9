import { z } from 'zod';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { cfgScale, layers, perturbedGuidance, scale } from './perturbed.js';

const config = z.strictObject({ scale: scale.default(3), cfgScale: cfgScale.default(1), layers });

/**
 * Perturbed-attention guidance: away from the same network whose attention maps are the identity in some layers,
 * `cfg + scale * (conditional - perturbed)` (Ahn et al. 2024, "Self-Rectifying Diffusion Sampling with Perturbed-Attention
 * Guidance", section 4). The network must offer `identity-attention` (unet2d with attention). `scale` and `cfgScale` may
 * be live. When: clearer structure, also without a condition or a second network.
 */
export const pag = definePlugin({
  role: Roles.guidance,
  name: 'pag',
  summary: 'Perturbed-attention guidance: away from the same network whose attention maps are the identity.',
  reference:
    'Ahn et al. 2024, "Self-Rectifying Diffusion Sampling with Perturbed-Attention Guidance", section 4, with cfg beside it',
  tags: {
    live: true,
    when: 'clearer structure, also without a condition or a second network; a network with attention',
  },
  config,
  create: ({ config }) => perturbedGuidance('identity-attention', config),
});
