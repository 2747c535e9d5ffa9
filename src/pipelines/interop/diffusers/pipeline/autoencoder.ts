import type { Settings } from '../../../../core/assembly/plain-json.js';
import type { Use } from '../../../../core/assembly/recipe.js';
import type { ReadableTensors } from '../../../../core/tensors/plain-tensor.js';
import type { PipelineFiles } from './pipeline-files.js';

/** The plugin of a class of autoencoders. */
const CODECS = { AutoencoderKL: 'autoencoder-kl', AutoencoderTiny: 'autoencoder-tiny' } as const;

/** Height and width of the images of an autoencoder, where it says them. */
export function imageSize(use: Use): number | undefined {
  const size = typeof use === 'string' ? undefined : use.config?.['sample_size'];
  return typeof size === 'number' ? size : undefined;
}

/**
 * The autoencoder of a pipeline, for latents of the size of its network.
 *
 * @param more - settings of ours over those of its config
 * @returns also how many pixels a latent has along a side
 */
export async function autoencoderFor(
  files: PipelineFiles,
  network: Settings,
  more: Settings = {},
): Promise<{ readonly use: Use; readonly weights: ReadableTensors; readonly factor: number }> {
  const name = CODECS[files.classOf('vae', Object.keys(CODECS) as (keyof typeof CODECS)[])];
  const config = await files.config('vae');
  const levels = config['block_out_channels'] ?? config['decoder_block_out_channels'];
  const factor = Array.isArray(levels) ? 2 ** (levels.length - 1) : 1;
  const size = network['sample_size'];
  const own: Settings = typeof size === 'number' ? { sample_size: size * factor } : {};
  return {
    use: {
      name,
      config: { ...config, ...own, ...(name === 'autoencoder-kl' ? { posterior: 'sample' } : {}), ...more },
    },
    weights: await files.networkWeights('vae'),
    factor,
  };
}
