import { blobSource } from './byte-sources.js';
import { fetchedSource } from './fetched-source.js';
import { DiffusionError } from '../errors/diffusion-error.js';
import type { ReadFile } from './model-folder.js';

/** A `File` of a browser. */
export type ChosenFile = Blob & { readonly name: string; readonly webkitRelativePath?: string };

/**
 * Reads the files of a model that a person chose in a browser (`<input type="file" webkitdirectory>`), or that were dropped
 * there, by their paths below the folder.
 *
 * @example
 * const model = await readPipeline(readFiles(input.files));
 */
export function readFiles(files: Iterable<ChosenFile>): ReadFile {
  const byPath = new Map([...files].map((file) => [pathOf(file), file]));
  return async (path) => {
    const file = byPath.get(path);
    return file && blobSource(file);
  };
}

/** The path below the folder that was chosen, whose own name comes first. */
function pathOf({ name, webkitRelativePath: path = '' }: ChosenFile): string {
  return path === '' ? name : path.slice(path.indexOf('/') + 1);
}

/**
 * Reads the files of a model below an address, large ones by ranges where the server knows them.
 *
 * @param base - the folder; with a slash at its end
 * @example
 * const model = await readPipeline(readUrl(new URL('model/', location.href)));
 */
export function readUrl(base: URL): ReadFile {
  return async (path, watch) => {
    const url = new URL(path, base);
    if (!url.href.startsWith(base.href)) throw outside(path, base);
    return fetchedSource(url, { watch, mayLack: true });
  };
}

function outside(path: string, base: URL): DiffusionError {
  return new DiffusionError('RXD_FILE_REFUSED', {
    problem: 'a file of a model lies outside of its folder',
    got: path,
    expected: `a path below ${base.href}`,
    fix: 'end the address of the folder with a slash',
  });
}
