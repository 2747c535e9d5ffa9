import { standardPlugins, type Recipe } from 'rxdiffusion';
import { samplerConformance, type Law } from 'rxdiffusion/testing';
import { ab2 } from './index.js';

/** A small pipeline for the sampler to stand in. */
const recipe: Recipe = {
  format: 1,
  preset: 'flow',
  plugins: { engine: 'tfjs-cpu', denoiser: { name: 'mlp', config: { width: 8, blocks: 1 } } },
};

/** All that a sampler must keep, for any test runner: `conformance.ts` hands it to Node's own. */
export const laws: readonly Law[] = samplerConformance(ab2, { plugins: standardPlugins, recipe });
