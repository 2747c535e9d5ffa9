import { catalogue, Roles, standardPlugins, type Denoiser, type Engine } from 'rxdiffusion';
import { philox } from 'rxdiffusion/plugin';

const TWO_LEVELS = {
  in_channels: 1,
  out_channels: 1,
  block_out_channels: [32, 64],
  down_block_types: ['DownBlock2D', 'AttnDownBlock2D'],
  up_block_types: ['AttnUpBlock2D', 'UpBlock2D'],
  norm_num_groups: 8,
} as const;

/** Configs of `unet2d` that both sides of a benchmark build. */
export const NETWORKS = {
  /** The network of `torch_unet.py`, 6.47 M parameters. */
  unet: {
    sample_size: 32,
    in_channels: 1,
    out_channels: 1,
    block_out_channels: [64, 128, 128],
    layers_per_block: 2,
    norm_num_groups: 8,
    down_block_types: ['DownBlock2D', 'DownBlock2D', 'AttnDownBlock2D'],
    up_block_types: ['AttnUpBlock2D', 'UpBlock2D', 'UpBlock2D'],
    attention_head_dim: null,
  },
  /** `cifar` of `diffusers_sample.py`, 35.7 M parameters (Ho et al. 2020). */
  cifar: {
    sample_size: 32,
    in_channels: 3,
    out_channels: 3,
    block_out_channels: [128, 256, 256, 256],
    layers_per_block: 2,
    down_block_types: ['DownBlock2D', 'AttnDownBlock2D', 'DownBlock2D', 'DownBlock2D'],
    up_block_types: ['UpBlock2D', 'UpBlock2D', 'AttnUpBlock2D', 'UpBlock2D'],
    attention_head_dim: null,
    downsample_padding: 0,
    flip_sin_to_cos: false,
    freq_shift: 1,
    norm_eps: 1e-6,
  },
  /** A network whose updates take milliseconds. */
  small: {
    ...TWO_LEVELS,
    sample_size: 4,
    layers_per_block: 1,
  },
  /** `digits` of `diffusers_sample.py`, class-conditional, 8x8. */
  digits: {
    ...TWO_LEVELS,
    sample_size: 8,
    layers_per_block: 2,
    num_class_embeds: 11,
  },
} as const;

/** Name of a network that both sides have. */
export type NetworkName = keyof typeof NETWORKS;

/** A network with random weights on an engine that runs. */
export async function networkOn(engine: Engine, name: NetworkName, size?: number): Promise<Denoiser> {
  const definition = catalogue(standardPlugins).find(Roles.denoiser, 'unet2d');
  const config = definition.config.parse({ ...NETWORKS[name], ...(size === undefined ? {} : { sample_size: size }) });
  return definition.create({ config, noise: await philox.create({ config: {} }), engine });
}
