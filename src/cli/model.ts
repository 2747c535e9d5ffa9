import { stat } from 'node:fs/promises';
import type { CatalogueEntry, Recipe, Weights, WeightsOfSlots } from '../index.js';
import { readPipeline, type LoadOptions } from '../diffusers.js';
import { openWeightsFile, readFolder } from '../node.js';

/** What is sampled with: its recipe, and weights of one of two kinds. */
export interface Model extends AsyncDisposable {
  readonly recipe: Recipe;
  /** Plugins that the recipe names and that the model brings. */
  readonly plugins: readonly CatalogueEntry[];
  /** Weights that the pipeline begins with, of the folder of a whole pipeline. */
  readonly weights?: WeightsOfSlots;
  /** Weights that a request is given, of a checkpoint or a file of weights. */
  readonly file?: Weights;
}

/** How a model is opened. */
export interface ModelOptions {
  readonly steps?: number;
  /** Which files of a folder: `fp16`. */
  readonly variant?: string;
}

/** Opens a checkpoint, a file of weights, or the folder of a pipeline of diffusers. */
export async function openModel(path: string, { steps, variant }: ModelOptions, loading: LoadOptions): Promise<Model> {
  if (await isFolder(path))
    return readPipeline(readFolder(path), {
      ...loading,
      ...(steps === undefined ? {} : { steps }),
      ...(variant === undefined ? {} : { variant }),
    });
  const file = await openWeightsFile(path, loading);
  return { recipe: file.recipe, plugins: [], file, [Symbol.asyncDispose]: () => file.close() };
}

async function isFolder(path: string): Promise<boolean> {
  // What cannot be looked at is refused where it is opened, with the reason.
  return stat(path).then(
    (info) => info.isDirectory(),
    () => false,
  );
}
