import { z } from 'zod';
import { DiffusionError } from '../errors/diffusion-error.js';
import { isRunId } from '../loop/run-id.js';
import type { Recipe } from '../assembly/recipe.js';
import { corrupt, unsupported } from './corrupt.js';
import { strictJson } from './strict-json.js';

/** Where weights come from: what checkpoints and files of weights say in their metadata. */
export interface Origin {
  /** Identity of the run that made it, as in its events; absent in files that were written before runs had one. */
  readonly run?: string;
  /** Updates done. With the recipe's seed and batch size it is also the position in the data. */
  readonly step: number;
  readonly recipe: Recipe;
}

const originFields = {
  run: z.string().refine(isRunId, 'cannot be the identity of a run').optional(),
  format: z.int().min(0),
  step: z.int().min(0),
  recipe: z.json(),
};

const checkpointSchema = z.object({ ...originFields, kind: z.undefined().optional(), average: z.boolean() });
const weightsSchema = z.object({ ...originFields, kind: z.literal('weights'), average: z.undefined().optional() });

/** Metadata as read; the recipe is not, as long as nothing vouches for it. */
export interface StoredMetadata extends Omit<Origin, 'recipe'> {
  readonly recipe: unknown;
  readonly kind: 'checkpoint' | 'weights';
  readonly format: number;
  /** Whether a checkpoint has an average. */
  readonly average: boolean;
}

/** Newest formats that are read. */
export const NEWEST = { checkpoint: 2, weights: 1 } as const;

/**
 * Reads what a file says of itself.
 *
 * @throws DiffusionError `RXD_FILE_CORRUPT`, `RXD_FORMAT_UNSUPPORTED` for safetensors of something else, `RXD_FORMAT_VERSION` for a newer format
 */
export function readMetadata(said: string | undefined, file: string): StoredMetadata {
  if (said === undefined) throw notOurs(file);
  const json = strictJson(said, 'metadata of a checkpoint', file);
  const kind = (json as { readonly kind?: unknown } | null)?.kind === 'weights' ? 'weights' : 'checkpoint';
  checkFormat(json, kind, file);
  const read = (kind === 'weights' ? weightsSchema : checkpointSchema).safeParse(json);
  if (!read.success) throw corrupt(file, 'metadata of a checkpoint', z.prettifyError(read.error));
  const { run, format, step, average = false, recipe } = read.data;
  return { kind, format, ...(run === undefined ? {} : { run }), step, average, recipe };
}

function checkFormat(json: unknown, kind: StoredMetadata['kind'], file: string): void {
  const format = (json as { readonly format?: unknown } | null)?.format;
  if (typeof format !== 'number' || format <= NEWEST[kind]) return;
  throw new DiffusionError('RXD_FORMAT_VERSION', {
    problem: `${file} was written in a newer ${kind} format`,
    got: `${kind} format ${format}`,
    expected: `${kind} format ${NEWEST[kind]} or older`,
    fix: 'update rxdiffusion',
  });
}

function notOurs(file: string): DiffusionError {
  const got = 'safetensors of something else';
  const fix =
    'give a checkpoint or weights that rxdiffusion wrote; `denoiserFromFolder` reads weights that diffusers saved';
  return unsupported(file, got, 'a checkpoint of rxdiffusion, or weights: they say so in their metadata', fix);
}
