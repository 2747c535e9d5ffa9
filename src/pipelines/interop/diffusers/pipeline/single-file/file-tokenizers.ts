import { DiffusionError } from '../../../../../core/errors/diffusion-error.js';
import { jsonOf, type ReadFile } from '../../../../../core/storage/model-folder.js';
import { isPlainObject, type Settings } from '../../../../../core/assembly/plain-json.js';
import type { TextPlace } from './kinds.js';

/** The token that a text is filled up with, which the kinds of encoders were trained with. */
const PADS = { openai: '<|endoftext|>', 'open-clip': '!' } as const;

const CONFIG = 'tokenizer_config.json';

/** Whether a folder has the files of a tokenizer. */
export async function hasTokenizer(read: ReadFile): Promise<boolean> {
  return (await Promise.all(['tokenizer.json', 'vocab.json'].map((name) => isThere(read, name)))).includes(true);
}

async function isThere(read: ReadFile, name: string): Promise<boolean> {
  const file = await read(name);
  if (file !== undefined && !(file instanceof Uint8Array)) await file.close?.();
  return file !== undefined;
}

/** The same files, for a text encoder of this kind: CLIP has one vocabulary, and fills texts up with two tokens. */
export function tokenizerFor(read: ReadFile, { kind }: TextPlace): ReadFile {
  return async (name) => {
    if (name !== CONFIG) return read(name);
    const said = await jsonOf(read, CONFIG);
    const config: Settings = { ...(isPlainObject(said) ? said : {}), pad_token: PADS[kind] };
    return new TextEncoder().encode(JSON.stringify(config));
  };
}

/** The error for a file that nobody gave a tokenizer for. */
export function noTokenizer(file: string, title: string): DiffusionError {
  return new DiffusionError('RXD_STORE_READ', {
    problem: `${file} has no tokenizer, as no file of one model has`,
    expected: `CLIP's files vocab.json and merges.txt, which every folder of a ${title} has in tokenizer/`,
    fix: 'give their folder as `tokenizer`, or the folder of a pipeline as `config`',
  });
}
