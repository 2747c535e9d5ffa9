import { diffusion, standardPlugins } from 'rxdiffusion';
import { guidanceLaws, pluginLaws, runLaws, type Law } from 'rxdiffusion/testing';
import { perpNeg } from './index.js';

/** A small pipeline for the guidance to stand in. */
const recipe = {
  format: 1,
  preset: 'flow',
  plugins: {
    engine: 'tfjs-cpu',
    conditioner: { name: 'class-label', config: { classes: 4 } },
    denoiser: { name: 'mlp', config: { width: 8, blocks: 1, classes: 5 } },
    guidance: { name: 'perp-neg', config: { scale: 3 } },
  },
};

/** All that the guidance must keep, for any test runner: `conformance.ts` hands it to Node's own. */
export const laws: readonly Law[] = [
  { law: 'its config is JSON', check: async () => pluginLaws(perpNeg, [{}, { scale: 3, away: 0.5 }]) },
  {
    law: 'it is pure, each sample by itself, and keeps x = alpha * denoised + sigma * noise',
    check: async () => guidanceLaws(await perpNeg.create({ config: { scale: 3, away: 0.5 } })),
  },
  ...runLaws(() => diffusion(recipe, { plugins: [...standardPlugins, perpNeg] }), {
    condition: 1,
    conditions: { away: 2 },
  }),
];
