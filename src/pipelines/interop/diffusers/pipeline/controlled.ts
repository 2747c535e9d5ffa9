import type { Use } from '../../../../core/assembly/recipe.js';
import type { Slots } from '../../../../core/assembly/recipe.js';
import type { WeightsOfSlots } from '../../../../core/assembly/slot-weights.js';
import { corrupt } from '../../../../core/storage/corrupt.js';
import type { Family, PipelineFiles } from './pipeline-files.js';
import { wrapped } from './wrapped.js';

/** Networks at once, at most: more are no folder of anybody's. */
const MOST_NETWORKS = 16;

/** A family with control networks: beside a text, images that say where things are. */
export const controlled =
  (base: Family): Family =>
  async (files) => {
    const folders = await controlFolders(files);
    const names = folders.map((_, at) => (at === 0 ? 'control_image' : `control_image_${at + 1}`));
    const plugins: Record<string, Use> = {};
    const weights: Record<string, WeightsOfSlots[string]> = {};
    let guesses = false;
    for (const [at, folder] of folders.entries()) {
      const slot = at === 0 ? 'control' : `control:${at + 1}`;
      const config = await files.config(folder);
      plugins[slot] = {
        name: 'controlnet',
        config: { ...config, ...(at === 0 ? {} : { condition: names[at] ?? '' }) },
      };
      weights[slot] = await files.networkWeights(folder);
      // diffusers asks the first one.
      if (at === 0) guesses = config['global_pool_conditions'] === true;
    }
    const config = { ...(folders.length > 1 ? { names } : {}), ...(guesses ? { guess_mode: true } : {}) };
    const {
      plugins: rest,
      weights: ofRest,
      ...others
    } = wrapped(await base(files), 'text', { name: 'controlled-text', config });
    return { ...others, plugins: { ...rest, ...(plugins as Slots) }, weights: { ...ofRest, ...weights } };
  };

/** Folders of the control networks: `controlnet`, and where there are several, `controlnet/controlnet_1` and on beside it. */
async function controlFolders(files: PipelineFiles): Promise<readonly string[]> {
  const found = files.classOf('controlnet', ['ControlNetModel', 'MultiControlNetModel']);
  const folders = ['controlnet'];
  if (found === 'ControlNetModel') return folders;
  while (folders.length <= MOST_NETWORKS && (await files.has(`controlnet_${folders.length}/config.json`)))
    folders.push(`controlnet_${folders.length}`);
  if (folders.length <= MOST_NETWORKS) return folders;
  throw corrupt('controlnet/', `at most ${MOST_NETWORKS} control networks`, `${folders.length} or more`);
}
