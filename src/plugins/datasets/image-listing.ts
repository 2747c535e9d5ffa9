import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DiffusionError } from '../../core/errors/diffusion-error.js';

/** Pictures of a folder, in the order of their names. */
export interface ImageListing {
  readonly files: readonly string[];
  /** One a file, where sub-folders make classes. */
  readonly labels?: Int32Array;
  readonly classes: number;
}

const PICTURE = /\.(?:png|jpe?g|webp|gif|avif|tiff?)$/i;

/**
 * Lists the pictures of a folder, or of its sub-folders as classes. Other files and hidden ones are passed over.
 *
 * @throws DiffusionError `RXD_DATASET_INVALID` if the folder cannot be read, holds no picture, holds pictures beside
 * sub-folders with pictures, or has a class without any.
 */
export async function listImages(folder: string): Promise<ImageListing> {
  const { pictures, folders } = await read(folder);
  if (folders.length === 0) {
    if (pictures.length === 0) throw invalid(folder, 'no picture', 'pictures, or sub-folders of pictures');
    return { files: pictures, classes: 0 };
  }
  if (pictures.length > 0) throw invalid(folder, 'pictures beside sub-folders', 'either pictures or sub-folders');
  const perClass = await Promise.all(folders.map(async (name) => (await read(name)).pictures));
  const empty = folders.find((_, i) => perClass[i]?.length === 0);
  if (empty !== undefined) throw invalid(empty, 'no picture', 'at least one picture in each sub-folder');
  const labels = Int32Array.from(perClass.flatMap((files, label) => files.map(() => label)));
  return { files: perClass.flat(), labels, classes: folders.length };
}

async function read(folder: string): Promise<{ pictures: string[]; folders: string[] }> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw invalid(folder, 'a folder that cannot be read', 'a readable folder', cause);
  });
  // By code units and not by locale: the labels must be the same on every machine.
  const shown = entries.filter(({ name }) => !name.startsWith('.')).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const kinds = await Promise.all(shown.map((entry) => isFolder(folder, entry)));
  return {
    pictures: shown.filter(({ name }, i) => !kinds[i] && PICTURE.test(name)).map(({ name }) => join(folder, name)),
    folders: shown.filter((_, i) => kinds[i]).map(({ name }) => join(folder, name)),
  };
}

/** A link to a folder is a class too: passed over, the numbers of all classes after it would be others. */
async function isFolder(folder: string, entry: Dirent): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  try {
    return (await stat(join(folder, entry.name))).isDirectory();
  } catch {
    // It leads nowhere: reading says so, if it is named like a picture.
    return false;
  }
}

function invalid(folder: string, got: string, expected: string, cause?: unknown): DiffusionError {
  return new DiffusionError('RXD_DATASET_INVALID', {
    problem: `the folder ${folder} cannot serve as a dataset.`,
    got,
    expected,
    fix: 'check `path`; pictures end in png, jpg, jpeg, webp, gif, avif, tif or tiff.',
    plugin: 'dataset/image-folder',
    ...(cause === undefined ? {} : { cause }),
  });
}
