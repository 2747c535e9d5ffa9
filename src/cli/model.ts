import { stat } from 'node:fs/promises';
import type { CatalogueEntry, Recipe, Weights, WeightsOfSlots } from '../index.js';
import {
  isPipelineFile,
  readPipeline,
  type LoadOptions,
  type PipelineReading,
  type ReadPipelineOptions,
} from '../diffusers.js';
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
  /** `strength` of runs that start from an image, as the model's class has it. */
  readonly strength?: number;
}

/** How a model is opened. */
export interface ModelOptions {
  readonly steps?: number;
  /** Which files of a folder: `fp16`. */
  readonly variant?: string;
  /** Share of the steps that a run with an image makes. */
  readonly strength?: number;
  /** Size of the pictures, on which times may depend. */
  readonly height?: number;
  readonly width?: number;
  /** What one file of a whole model lacks: the folder of a tokenizer, and the folder of a pipeline with configs. */
  readonly tokenizer?: string;
  readonly config?: string;
}

/** Opens a checkpoint, a file of weights, the folder of a pipeline of diffusers, or one file of a whole model. */
export async function openModel(path: string, options: ModelOptions, loading: LoadOptions): Promise<Model> {
  const pipeline = await openPipelineAt(path, options, loading);
  if (pipeline !== undefined) return pipeline;
  const file = await openWeightsFile(path, loading);
  return { recipe: file.recipe, plugins: [], file, [Symbol.asyncDispose]: () => file.close() };
}

/** Opens the folder of a pipeline of diffusers, or one file of a whole model; `undefined` for a file of this package. */
export async function openPipelineAt(
  path: string,
  options: ModelOptions,
  loading: LoadOptions = {},
): Promise<PipelineReading | undefined> {
  const read = { ...readingOf(options), ...loading };
  if (await isFolder(path)) return readPipeline(readFolder(path), read);
  return (await isModelFile(path)) ? readPipeline(await openFile(path), { ...read, file: path }) : undefined;
}

function readingOf({ steps, variant, strength, height, width, tokenizer, config }: ModelOptions): ReadPipelineOptions {
  return {
    ...(steps === undefined ? {} : { steps }),
    ...(variant === undefined ? {} : { variant }),
    ...(strength === undefined ? {} : { strength }),
    ...(height === undefined ? {} : { height }),
    ...(width === undefined ? {} : { width }),
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
