import { diffusion, Roles, standardPlugins } from 'rxdiffusion';
import { adapterLaws, pluginLaws, runLaws, type Law } from 'rxdiffusion/testing';
import { kroneckerAdapter } from './index.js';

const config = { targets: ['input.weight', 'blocks.0.linear_1.weight'], factor: 4 };

/** A small pipeline whose network is adapted. The first matrix has 2 rows, no multiple of 4. */
const recipe = {
  format: 1,
  preset: 'flow',
  plugins: {
    engine: 'tfjs-cpu',
    denoiser: { name: 'mlp', config: { width: 8, blocks: 1 } },
    'adapter:style': { name: 'kronecker', config },
  },
};
const open = () => diffusion(recipe, { plugins: [...standardPlugins, kroneckerAdapter] });

/** All that the adapter must keep, for any test runner: `conformance.ts` hands it to Node's own. */
export const laws: readonly Law[] = [
  {
    law: 'its config is JSON',
    check: async () => pluginLaws(kroneckerAdapter, [config, { ...config, slot: 'denoiser:weak' }]),
  },
  {
    law: 'scale 0 changes nothing, any other what it says',
    check: async () => {
      await using pipeline = await open();
      const { parameters } = pipeline.assembly.get(Roles.denoiser);
      adapterLaws(pipeline.assembly.get(Roles.adapter, 'style'), parameters);
    },
  },
  ...runLaws(open),
];
