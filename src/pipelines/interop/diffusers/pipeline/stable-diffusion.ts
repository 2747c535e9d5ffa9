import type { Settings } from '../../../../core/assembly/plain-json.js';
import { modernName } from '../../../../core/networks/legacy-names.js';
import { clipTextWith } from '../../../../plugins/conditioners/clip-text/clip-text.js';
import { clipTextName } from '../../../../plugins/conditioners/clip-text/names.js';
import { autoencoderFor } from './autoencoder.js';
import type { PipelineFiles, PipelineParts } from './pipeline-files.js';
import { tokenizerOf } from './tokenizer.js';

/** Stable Diffusion 1 and 2: one text encoder, a UNet2DConditionModel on latents, guidance without a classifier. */
export async function stableDiffusion(files: PipelineFiles): Promise<PipelineParts> {
  files.classOf('unet', ['UNet2DConditionModel']);
  files.classOf('text_encoder', ['CLIPTextModel']);
  const network = await files.config('unet');
  const codec = await autoencoderFor(files, network);
  const text = clipTextWith(await tokenizerOf(files, 'tokenizer'), 'clip-text-of-folder');
  const encoder: Settings = { ...(await files.config('text_encoder')), clip_skip_negative: false };
  return {
    plugins: {
      denoiser: { name: 'unet2d-condition', config: network },
      codec: codec.use,
      conditioner: { name: text.name, config: encoder },
      guidance: { name: 'cfg', config: { scale: 7.5 } },
    },
    definitions: [text],
    weights: {
      denoiser: await files.weights({ part: 'unet', stem: 'diffusion_pytorch_model', rename: modernName }),
      codec: codec.weights,
      conditioner: await files.weights({ part: 'text_encoder', stem: 'model', rename: clipTextName }),
    },
  };
}
