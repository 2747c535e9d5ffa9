import { diffusion, loadDigits, standardPlugins } from 'rxdiffusion';
import { codecLaws, pluginLaws, runLaws, type Law } from 'rxdiffusion/testing';
import { blockDct } from './index.js';

const sizes = { height: 8, width: 8, channels: 1, block: 4 };

/** A small pipeline on latents: each block of 4x4 pixels is one cell of four numbers. */
const recipe = {
  format: 1,
  preset: 'flow',
  plugins: {
    engine: 'tfjs-cpu',
    codec: { name: 'block-dct', config: sizes },
    denoiser: {
      name: 'unet2d',
      config: {
        ...{ sample_size: 2, in_channels: 4, out_channels: 4, block_out_channels: [4], norm_num_groups: 2 },
        ...{ layers_per_block: 1, down_block_types: ['DownBlock2D'], up_block_types: ['UpBlock2D'] },
      },
    },
  },
};

/** All that the codec must keep, for any test runner: `conformance.ts` hands it to Node's own. */
export const laws: readonly Law[] = [
  {
    law: 'its config is JSON',
    check: async () => pluginLaws(blockDct, [sizes, { ...sizes, channels: 3, block: 8, frequencies: 8 }]),
  },
  {
    law: 'with all frequencies it is exact',
    check: async () =>
      codecLaws(await blockDct.create({ config: { ...sizes, height: 12, channels: 3, frequencies: 4 } })),
  },
  {
    law: 'with nine of sixteen frequencies digits come back',
    check: async () => {
      const { data } = await loadDigits();
      const codec = await blockDct.create({ config: { ...sizes, frequencies: 3 } });
      codecLaws(codec, { images: data.slice(0, 20 * 64), error: 0.3 });
    },
  },
  ...runLaws(() => diffusion(recipe, { plugins: [...standardPlugins, blockDct] })),
];
