import type { ByteSource } from '../../../../../core/contracts/store.js';
import type { DiffusionError } from '../../../../../core/errors/diffusion-error.js';
import { unsupported } from '../../../../../core/storage/corrupt.js';
import type { ReadableTensors } from '../../../../../core/tensors/plain-tensor.js';

const EXPECTED = 'a whole Stable Diffusion in safetensors, in the original names (`model.diffusion_model.…`)';
const CONVERT = 'get the safetensors file of this model, or convert it with diffusers (`save_pretrained`)';

/** What a file is by its first bytes. */
const BEGINNINGS: readonly (readonly [bytes: readonly number[], what: string, fix: string])[] = [
  [[0x50, 0x4b, 3, 4], 'a pickle of PyTorch (.ckpt, .bin, .pt): to read it is to run code of whoever made it', CONVERT],
  [[0x80, 2], 'a pickle (.ckpt, .bin, .pt): to read it is to run code of whoever made it', CONVERT],
  [[0x47, 0x47, 0x55, 0x46], 'a GGUF file of quantized weights', 'get the safetensors file of this model'],
];

/** What a file is that is no safetensors file, but a known kind of another, and what to do with it. */
export async function otherFormat(
  source: ByteSource,
): Promise<{ readonly what: string; readonly fix: string } | undefined> {
  const start = await source.read(0, Math.min(4, source.size));
  const [, what, fix] = BEGINNINGS.find(([bytes]) => bytes.every((byte, at) => start[at] === byte)) ?? [];
  return what === undefined || fix === undefined ? undefined : { what, fix };
}

/** Throws `RXD_FORMAT_UNSUPPORTED` for such a file. */
export async function refuseOtherFormats(source: ByteSource, file: string): Promise<void> {
  const found = await otherFormat(source);
  if (found !== undefined) throw unsupported(file, found.what, EXPECTED, found.fix);
}

type Names = readonly string[];
const any = (names: Names, pattern: RegExp): boolean => names.some((name) => pattern.test(name));

/** Other things that people have as one safetensors file, and what to do with each. */
const KINDS: readonly (readonly [is: (names: Names) => boolean, what: string, fix: string])[] = [
  [
    (names) => any(names, /(^|[._])(lora_(up|down|A|B|mid)|lora\.(up|down)|hada_w1_a|lokr_w1|dora_scale)\b/),
    'a LoRA, which changes a model and is none',
    'open the model that it was made for, and add this file to it as an adapter',
  ],
  [
    (names) => any(names, /^control_model\.|(^|\.)input_hint_block\.|^controlnet_cond_embedding\./),
    'a ControlNet alone',
    'put it into the folder of a pipeline as `controlnet/`, in the names of diffusers, and say so in model_index.json',
  ],
  [
    (names) => any(names, /^(model\.diffusion_model\.)?(joint_blocks|double_blocks|single_blocks)\./),
    'a transformer of Stable Diffusion 3 or Flux in the original names',
    'get the folder that diffusers has of this model',
  ],
  [
    (names) => any(names, /^conditioner\.embedders\.0\.model\./) && !any(names, /^conditioner\.embedders\.1\./),
    'the refiner of Stable Diffusion XL, which has one text encoder, of another kind',
    'use the base model: it makes whole pictures by itself',
  ],
  [
    (names) => any(names, /^edm_(mean|std)$/),
    'Playground 2.5, whose latents have a mean and a deviation of their own',
    'get the folder that diffusers has of this model, and compose the pipeline of its parts by hand',
  ],
  [
    (names) =>
      any(names, /^(first_stage_model\.)?(encoder|decoder)\.(mid|mid_block|conv_in)\./) && !any(names, /^model\./),
    'an autoencoder alone',
    'put it into the folder of its pipeline as `vae/`, in the names of diffusers (`AutoencoderKL.from_single_file`)',
  ],
  [
    (names) => any(names, /^(down_blocks|up_blocks|transformer_blocks)\.\d/),
    'one network in the names of diffusers',
    'put it into its folder beside its config.json, and read that with `readPipeline` or `denoiserFromFiles`',
  ],
  [
    (names) => any(names, /^(emb_params|clip_l|clip_g|string_to_param)/),
    'an embedding of a word (textual inversion)',
    'open the model that it was made for: embeddings are not read',
  ],
];

/** The error for a safetensors file that is no whole model: it says what it is, as far as its names tell. */
export function otherKind(tensors: ReadableTensors, file: string): DiffusionError {
  const names = Object.keys(tensors);
  const [, what, fix] = KINDS.find(([is]) => is(names)) ?? [];
  if (what !== undefined && fix !== undefined) return unsupported(file, what, EXPECTED, fix);
  const some = names.slice(0, 3).join(', ');
  const got = names.length === 0 ? 'no tensors' : `${names.length} tensors: ${some}${names.length > 3 ? ', …' : ''}`;
  return unsupported(file, got, EXPECTED, 'check that it is the file that you mean, or get the folder of diffusers');
}
