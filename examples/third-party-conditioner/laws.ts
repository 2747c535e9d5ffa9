import { diffusion, standardPlugins } from 'rxdiffusion';
import { conditionerLaws, pluginLaws, runLaws, type Law } from 'rxdiffusion/testing';
import { fourierFeatures } from './index.js';

const config = { column: 'angle', frequencies: 3, dropout: 0.5 };

/** A small pipeline whose network attends to the token. */
const recipe = {
  format: 1,
  preset: 'flow',
  plugins: {
    engine: 'tfjs-cpu',
    conditioner: { name: 'fourier-features', config },
    denoiser: { name: 'mlp', config: { width: 8, blocks: 1, tokens: 6 } },
    guidance: 'cfg',
  },
};

/** All that the conditioner must keep, for any test runner: `conformance.ts` hands it to Node's own. */
export const laws: readonly Law[] = [
  { law: 'its config is JSON', check: async () => pluginLaws(fourierFeatures, [{}, config]) },
  {
    law: 'conditions have one form and follow from their number alone',
    check: async () =>
      conditionerLaws(await fourierFeatures.create({ config }), {
        conditions: [0, -0.25, 3],
        refused: ['left', null, [1, 2, 3], Number.NaN],
        columns: { angle: { kind: 'numbers', data: Float32Array.of(0.1, 0.2, 0.3), shape: [3] } },
      }),
  },
  ...runLaws(() => diffusion(recipe, { plugins: [...standardPlugins, fourierFeatures] }), { condition: 0.5 }),
];
