import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { DiffusionError } from '../core/errors/diffusion-error.js';

/** A recipe file as parsed data: `.yaml` and `.yml` as YAML, everything else as JSON. */
export async function readRecipeFile(path: string): Promise<unknown> {
  const text = await readText(path);
  try {
    return /^\.ya?ml$/i.test(extname(path)) ? (parseYaml(text) as unknown) : (JSON.parse(text) as unknown);
  } catch (cause) {
    throw new DiffusionError('RXD_RECIPE_INVALID', {
      problem: `${path} is not ${/^\.ya?ml$/i.test(extname(path)) ? 'YAML' : 'JSON'}: ${messageOf(cause)}`,
      fix: 'correct the file; recipes end in .json, .yaml or .yml',
      cause,
    });
  }
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new DiffusionError('RXD_STORE_READ', {
      problem: `cannot read ${path}: ${messageOf(cause)}`,
      fix: 'give the path of a recipe file',
      cause,
    });
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
