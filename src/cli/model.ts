import { stat } from 'node:fs/promises';
import type { CatalogueEntry, Recipe, Weights, WeightsOfSlots } from '../index.js';
import { isPipelineFile, readPipeline, type LoadOptions, type ReadPipelineOptions } from '../diffusers.js';
import { openFile, openWeightsFile, readFolder } from '../node.js';

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
  /** What one file of a whole model lacks: the folder of a tokenizer, and the folder of a pipeline with configs. */
  readonly tokenizer?: string;
  readonly config?: string;
}

/** Opens a checkpoint, a file of weights, the folder of a pipeline of diffusers, or one file of a whole model. */
export async function openModel(path: string, options: ModelOptions, loading: LoadOptions): Promise<Model> {
  const read = { ...readingOf(options), ...loading };
  if (await isFolder(path)) return readPipeline(readFolder(path), read);
  if (await isModelFile(path)) return readPipeline(await openFile(path), { ...read, file: path });
  const file = await openWeightsFile(path, loading);
  return { recipe: file.recipe, plugins: [], file, [Symbol.asyncDispose]: () => file.close() };
}

function readingOf({ steps, variant, tokenizer, config }: ModelOptions): ReadPipelineOptions {
  return {
    ...(steps === undefined ? {} : { steps }),
    ...(variant === undefined ? {} : { variant }),
    ...(tokenizer === undefined ? {} : { tokenizer: readFolder(tokenizer) }),
    ...(config === undefined ? {} : { config: readFolder(config) }),
  };
}

async function isModelFile(path: string): Promise<boolean> {
  const source = await openFile(path);
  try {
    return await isPipelineFile(source);
  } finally {
    await source.close?.();
  }
}

async function isFolder(path: string): Promise<boolean> {
  // What cannot be looked at is refused where it is opened, with the reason.
  return stat(path).then(
    (info) => info.isDirectory(),
    () => false,
  );
}
