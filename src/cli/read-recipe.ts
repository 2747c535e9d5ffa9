import { extname } from 'node:path';
import { DiffusionError } from '../index.js';
import { MAX_FILE_BYTES, MAX_TEXT_BYTES, parseRecipeText, readRegularFile, recipeOfFile } from '../node.js';

/** A recipe file as parsed data: `.yaml` and `.yml` as YAML, the recipe of a `.safetensors` file (checkpoint or weights), else JSON. */
export async function readRecipeFile(path: string): Promise<unknown> {
  const kind = extname(path).toLowerCase();
  if (kind === '.safetensors') return recipeOfFile(path);
  const bytes = await readBytes(path, 'a recipe file', MAX_TEXT_BYTES);
  const isYaml = kind === '.yaml' || kind === '.yml';
  return parseRecipeText(new TextDecoder().decode(bytes), isYaml ? 'yaml' : 'json', path);
}

/** The bytes of a file. Rejects with `RXD_STORE_READ`, or `RXD_FILE_REFUSED` for what is no regular file or too large. */
export async function readBytes(path: string, what: string, maxBytes = MAX_FILE_BYTES): Promise<Uint8Array> {
  try {
    return await readRegularFile(path, { maxBytes });
  } catch (cause) {
    if (cause instanceof DiffusionError) throw cause;
    throw new DiffusionError('RXD_STORE_READ', {
      problem: `cannot read ${path}: ${cause instanceof Error ? cause.message : String(cause)}`,
      fix: `give the path of ${what}`,
      cause,
    });
  }
}
