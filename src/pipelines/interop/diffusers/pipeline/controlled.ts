import type { Family } from './pipeline-files.js';
import { wrapped } from './wrapped.js';

/** A family with a ControlNet: beside a text, an image that says where things are. */
export const controlled =
  (base: Family): Family =>
  async (files) => {
    files.classOf('controlnet', ['ControlNetModel']);
    const { plugins, weights, ...others } = wrapped(await base(files), 'text', 'controlled-text');
    return {
      ...others,
      plugins: { ...plugins, control: { name: 'controlnet', config: await files.config('controlnet') } },
      weights: { ...weights, control: await files.networkWeights('controlnet') },
    };
  };
