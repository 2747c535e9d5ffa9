import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { decodeSafetensors, encodeSafetensors } from 'rxdiffusion';
import type { ReadFile } from 'rxdiffusion/diffusers';
import { DDIM } from '../pipeline-parts.js';

/** Files by their path in a folder. */
export type Files = Readonly<Record<string, Uint8Array>>;

export const readingOf =
  (files: Files): ReadFile =>
  async (path) =>
    Object.hasOwn(files, path) ? files[path] : undefined;

const bytesOf = (json: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(json));

/** What people would have in a folder: without the values that its networks gave to others. */
function filesOf(folder: string, below = ''): Files {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/^(golden|expected)\.|^sd.*\.safetensors$/.test(entry.name))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'));
  return Object.fromEntries(paths.map((path) => [below + path, new Uint8Array(readFileSync(join(folder, path)))]));
}

/** The weights of a network in two files with an index, as large ones are. */
function inShards(files: Files, path: string): Files {
  const { [path]: whole = new Uint8Array(), ...others } = files;
  const { tensors } = decodeSafetensors(whole);
  const names = Object.keys(tensors);
  const stem = path.replace(/\.safetensors$/, '');
  const shards = [0, 1].map((half) => {
    const own = names.filter((_, index) => index % 2 === half);
    const file = `${stem}-0000${half + 1}-of-00002.safetensors`;
    return {
      own,
      file,
      bytes: encodeSafetensors({ tensors: Object.fromEntries(own.map((one) => [one, tensors[one]!])), metadata: {} }),
    };
  });
  const places = shards.flatMap(({ own, file }) => own.map((name) => [name, file.split('/').at(-1)] as const));
  const index = { metadata: { total_size: whole.length }, weight_map: Object.fromEntries(places) };
  return {
    ...others,
    ...Object.fromEntries(shards.map(({ file, bytes }) => [file, bytes])),
    [`${stem}.safetensors.index.json`]: bytesOf(index),
  };
}

const UNET = 'unet/diffusion_pytorch_model.safetensors';
const text = filesOf('test/golden/pipelines/lcm');
const images = filesOf('test/golden/unet2d/ddpm');

/** Folders of whole pipelines, by what they are. */
export const FOLDERS: Readonly<Record<string, Files>> = {
  'text to image': text,
  'text to image in shards': inShards(text, UNET),
  unconditional: images,
  'unconditional in shards': inShards(images, UNET),
  transformer: {
    ...filesOf('test/golden/transformers/dit-learned-sigma/transformer', 'transformer/'),
    ...filesOf('test/golden/autoencoders/kl-attention/vae', 'vae/'),
    'model_index.json': bytesOf({
      _class_name: 'DiTPipeline',
      scheduler: ['diffusers', 'DDIMScheduler'],
      transformer: ['diffusers', 'Transformer2DModel'],
      vae: ['diffusers', 'AutoencoderKL'],
    }),
    'scheduler/scheduler_config.json': bytesOf(DDIM),
  },
};

/** A whole pipeline in one file, and the folder of its configs. */
export const ONE_FILE = {
  bytes: new Uint8Array(readFileSync('test/golden/single-files/sd2/sd2.safetensors')),
  beside: filesOf('test/golden/single-files/sd2'),
};

/** A LoRA of the text to image folder: two layers of its U-Net, one of its text encoder. */
export function loraFile(): Uint8Array {
  const numbers = (shape: readonly number[]) =>
    ({ dtype: 'float32', shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(0.01) }) as const;
  const { tensors } = decodeSafetensors(text[UNET] ?? new Uint8Array());
  const layers = Object.keys(tensors).filter((name) => /attn\d\.to_[qk]\.weight$/.test(name));
  const pairs = layers.slice(0, 2).flatMap((name) => {
    const [out = 1, into = 1] = tensors[name]?.shape ?? [];
    const stem = `unet.${name.replace(/\.weight$/, '')}`;
    return [
      [`${stem}.lora_A.weight`, numbers([2, into])],
      [`${stem}.lora_B.weight`, numbers([out, 2])],
    ] as const;
  });
  return encodeSafetensors({ tensors: Object.fromEntries(pairs), metadata: { format: 'pt' } });
}
