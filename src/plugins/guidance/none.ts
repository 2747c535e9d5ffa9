import { z } from 'zod';
import type { Guidance } from '../../core/contracts/guidance.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { CONDITIONAL, readingOf } from './branches.js';

/**
 * The conditional reading as it is, from one network call a step.
 * Source: no method; what guidance starts from.
 * When: there is no condition, guidance was distilled into the network, or the scale would be 1.
 */
export const none = definePlugin({
  role: Roles.guidance,
  name: 'none',
  summary: 'The conditional reading as it is.',
  reference: 'No method: what guidance starts from',
  tags: { live: false, when: 'no condition, a network that has guidance distilled in, or scale 1' },
  config: z.strictObject({}),
  create: (): Guidance => ({
    branches: () => [CONDITIONAL],
    init: () => ({}),
    combine: (state, ctx) => [state, readingOf(ctx, CONDITIONAL)],
  }),
});
