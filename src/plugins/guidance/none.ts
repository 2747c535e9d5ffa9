import { z } from 'zod';
import type { Guidance } from '../../core/contracts/guidance.js';
import { definePlugin } from '../../core/plugins/define-plugin.js';
import { Roles } from '../../core/plugins/roles.js';
import { theSide } from './the-side.js';

/** The conditional reading as it is. */
export const none = definePlugin({
  role: Roles.guidance,
  name: 'none',
  config: z.strictObject({}),
  create: (): Guidance => ({
    branches: () => 'conditional',
    init: () => ({}),
    combine: (state, ctx) => [state, theSide(ctx.conditional, 'conditional')],
  }),
});
