import { z } from 'zod';
import type { StepGrid } from '../../core/contracts/step-grid.js';
import { flipLevels } from '../../core/math/level-lists.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { beta } from './beta.js';
import { custom } from './custom.js';
import { exponential } from './exponential.js';
import { karras } from './karras.js';
import { leading } from './leading.js';
import { linspace } from './linspace.js';
import { trailing } from './trailing.js';

const GRIDS = { beta, custom, exponential, karras, leading, linspace, trailing };
const NAMES = Object.keys(GRIDS) as [keyof typeof GRIDS];

const flippedGrid = z
  .strictObject({
    name: z.enum(NAMES).default('trailing').describe('the grid whose levels are visited'),
    config: z.record(z.string(), z.json()).default({}).describe('its config'),
  })
  .refine(({ name, config }) => GRIDS[name].config.safeParse(config).success, 'does not fit the config of that grid');

const config = z.strictObject({
  of: flippedGrid.prefault({}).describe('the grid that is turned round'),
  repeatEnd: z
    .boolean()
    .default(false)
    .describe('leave its end out, and stay at the noisiest level for a last step that does nothing, as diffusers does'),
});

/**
 * The levels of another grid in reverse order, from clean to noisy. Source: the encoding direction of DDIM (Song et al.
 * 2021, section 4.3).
 * When: a sampler adds noise step by step: ddim-inverse, and multistep solvers that invert.
 */
export const flip = definePlugin({
  role: Roles.grid,
  name: 'flip',
  summary: 'The levels of another grid from clean to noisy.',
  reference: 'Song et al. 2021, "DDIM", section 4.3',
  tags: {
    spacing: 'that of the other grid',
    when: 'a sampler adds noise step by step: ddim-inverse, and multistep solvers that invert',
  },
  config,
  create: async ({ config: { of, repeatEnd } }): Promise<StepGrid> => {
    const flipped = GRIDS[of.name];
    const grid = await flipped.create({ config: flipped.config.parse(of.config) });
    return {
      levels(schedule, steps) {
        const levels = grid.levels(schedule, steps);
        if (!repeatEnd) return flipLevels(levels);
        return [...flipLevels(levels.slice(0, -1)), ...levels.slice(0, 1)];
      },
    };
  },
});
