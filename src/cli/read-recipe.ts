import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { decodeCheckpoint, DiffusionError } from '../index.js';

/** A recipe file as parsed data: `.yaml` and `.yml` as YAML, the recipe of a `.safetensors` checkpoint, else JSON. */
export async function readRecipeFile(path: string): Promise<unknown> {
  const bytes = await readBytes(path, 'a recipe file');
  const kind = extname(path).toLowerCase();
  if (kind === '.safetensors') return (await decodeCheckpoint(bytes, path)).recipe;
  const isYaml = kind === '.yaml' || kind === '.yml';
  const text = new TextDecoder().decode(bytes);
  try {
    return isYaml ? (parseYaml(text) as unknown) : (JSON.parse(text) as unknown);
  } catch (cause) {
    throw new DiffusionError('RXD_RECIPE_INVALID', {
      problem: `${path} is not ${isYaml ? 'YAML' : 'JSON'}: ${messageOf(cause)}`,
      fix: 'correct the file; recipes end in .json, .yaml or .yml',
      cause,
    });
  }
}

/** The bytes of a file. Rejects with `RXD_STORE_READ`. */
export async function readBytes(path: string, what: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new DiffusionError('RXD_STORE_READ', {
      problem: `cannot read ${path}: ${messageOf(cause)}`,
      fix: `give the path of ${what}`,
      cause,
    });
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
