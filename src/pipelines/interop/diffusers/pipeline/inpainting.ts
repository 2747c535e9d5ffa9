import { unsupported } from '../../../../core/storage/corrupt.js';
import type { Family } from './pipeline-files.js';
import { wrapped } from './wrapped.js';

/**
 * A family that makes a part of an image anew. A network of as many channels as a sample has is one for text to image, and
 * what is kept is put in after each step; one of more reads the mask and the image.
 */
export const inpainting =
  (base: Family): Family =>
  async (files) => {
    const parts = await base(files);
    const { in_channels: input = 4, out_channels: output = 4 } = await files.config('unet');
    const added = Number(input) - Number(output);
    if (added === 0) return { ...parts, sample: { ...parts.sample, inpainting: 'blended' } };
    if (added !== Number(output) + 1)
      throw unsupported(
        'unet/config.json',
        `in_channels ${String(input)} with out_channels ${String(output)}`,
        `${String(output)} channels, or ${2 * Number(output) + 1} with a mask and an image`,
        'choose a model for inpainting or for text to image',
      );
    const told = wrapped(parts, 'rest', { name: 'inpainted-text', config: { channels: added } });
    return { ...told, sample: { ...parts.sample, inpainting: 'network' } };
  };
