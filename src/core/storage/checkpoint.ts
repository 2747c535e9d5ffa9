import { z } from 'zod';
import { DiffusionError } from '../errors/diffusion-error.js';
import { isRunId } from '../loop/run-id.js';
import { parseRecipe, type Recipe } from '../plugins/recipe.js';
import type { PlainTensors } from '../tensors/plain-tensor.js';
import { corrupt, unsupported } from './corrupt.js';
import { decodeSafetensors, encodeSafetensors } from './safetensors.js';
import { strictJson } from './strict-json.js';

/** Version of the checkpoint format that this package writes. It reads this and every older one. */
export const CHECKPOINT_FORMAT = 1;

/** Everything that a training run goes on from. Weights lie as on disk: diffusers' names and shapes where it has them. */
export interface Checkpoint {
  /** Identity of the run that made it, as in its events; absent in files that were written before runs had one. */
  readonly run?: string;
  /** Updates done. With the recipe's seed and batch size it is also the position in the data. */
  readonly step: number;
  readonly recipe: Recipe;
  readonly parameters: PlainTensors;
  readonly optimizer: PlainTensors;
  /** Averaged weights, where the run keeps an average. */
  readonly average?: PlainTensors;
}

const metadataSchema = z.object({
  run: z.string().refine(isRunId, 'cannot be the identity of a run').optional(),
  format: z.int().min(0),
  step: z.int().min(0),
  average: z.boolean(),
  recipe: z.json(),
});

const PARTS = ['parameters', 'optimizer', 'average'] as const;

/** A checkpoint as one safetensors file, sealed with the SHA-256 of its tensors. */
export async function encodeCheckpoint({ run, step, recipe, ...parts }: Checkpoint): Promise<Uint8Array> {
  const tensors = Object.fromEntries(
    PARTS.flatMap((part) =>
      Object.entries(parts[part] ?? {}).map(([name, tensor]) => [`${part}/${name}`, tensor] as const),
    ),
  );
  const average = parts.average !== undefined;
  const rxdiffusion = JSON.stringify({ format: CHECKPOINT_FORMAT, run, step, average, recipe });
  const metadata = { format: 'pt', rxdiffusion };
  return encodeSafetensors({ tensors, metadata: { ...metadata, sha256: await seal(tensors, rxdiffusion) } });
}

/**
 * Reads a checkpoint.
 *
 * @throws DiffusionError `RXD_FILE_CORRUPT` for a broken or unsealed file, `RXD_FORMAT_UNSUPPORTED` for safetensors of
 * something else, `RXD_FORMAT_VERSION` for a newer format
 */
export async function decodeCheckpoint(bytes: Uint8Array, file = 'checkpoint'): Promise<Checkpoint> {
  const { tensors, metadata } = decodeSafetensors(bytes, file);
  const said = metadata['rxdiffusion'];
  if (said === undefined) throw notACheckpoint(file);
  const json = strictJson(said, 'metadata of a checkpoint', file);
  checkFormat(json, file);
  const read = metadataSchema.safeParse(json);
  if (!read.success) throw corrupt(file, 'metadata of a checkpoint', z.prettifyError(read.error));
  if ((await seal(tensors, said)) !== metadata['sha256'])
    throw corrupt(file, 'the SHA-256 of its content', 'another one');
  const part = (name: (typeof PARTS)[number]): PlainTensors =>
    Object.fromEntries(
      Object.entries(tensors)
        .filter(([key]) => key.startsWith(`${name}/`))
        .map(([key, tensor]) => [key.slice(name.length + 1), tensor]),
    );
  const { run, step, average, recipe } = read.data;
  return {
    ...(run === undefined ? {} : { run }),
    step,
    recipe: parseRecipe(recipe),
    parameters: part('parameters'),
    optimizer: part('optimizer'),
    ...(average ? { average: part('average') } : {}),
  };
}

function notACheckpoint(file: string): DiffusionError {
  const got = 'safetensors of something else';
  const fix = 'give a checkpoint that `train` wrote; `unet2dFromFolder` reads weights that diffusers saved';
  return unsupported(file, got, 'a checkpoint of rxdiffusion: it says so in its metadata', fix);
}

function checkFormat(json: unknown, file: string): void {
  const format = (json as { readonly format?: unknown } | null)?.format;
  if (typeof format !== 'number' || format <= CHECKPOINT_FORMAT) return;
  throw new DiffusionError('RXD_FORMAT_VERSION', {
    problem: `${file} was written in a newer checkpoint format`,
    got: `checkpoint format ${format}`,
    expected: `checkpoint format ${CHECKPOINT_FORMAT} or older`,
    fix: 'update rxdiffusion',
  });
}

async function seal(tensors: PlainTensors, said: string): Promise<string> {
  const content = encodeSafetensors({ tensors, metadata: { said } });
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', content));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
