import type { ByteSource } from '../contracts/store.js';
import { DiffusionError } from '../errors/diffusion-error.js';
import type { PlainTensors, ReadableTensors } from '../tensors/plain-tensor.js';
import { readableOf, readAll } from '../tensors/readable-tensor.js';
import { bytesSource } from './byte-sources.js';
import { NEWEST, type Origin } from './stored-metadata.js';
import { openStored, type StoredFile } from './stored-file.js';
import { joinedParts, sealedTensors, type FileInParts } from './write-tensors.js';

/** Version of the checkpoint format that this package writes. It reads this and every older one. */
export const CHECKPOINT_FORMAT = NEWEST.checkpoint;

/** Everything that a training run goes on from. Weights lie as on disk: diffusers' names and shapes where it has them. */
export interface Checkpoint extends Origin {
  readonly parameters: PlainTensors;
  readonly optimizer: PlainTensors;
  /** Averaged weights, where the run keeps an average. */
  readonly average?: PlainTensors;
  /** Weights that training leaves as they are, where there are any: those of a codec. */
  readonly kept?: PlainTensors;
}

/** A checkpoint whose tensors are read when they are needed. */
export interface ReadableCheckpoint extends Origin {
  readonly parameters: ReadableTensors;
  readonly optimizer: ReadableTensors;
  readonly average?: ReadableTensors;
  readonly kept?: ReadableTensors;
  /** Closes the file that they are read from. Idempotent. */
  close?(): Promise<void>;
}

const PARTS = ['parameters', 'optimizer', 'average', 'kept'] as const;

/** A checkpoint as one safetensors file, sealed by SHA-256, that is made while it is written. */
export function checkpointFile({ run, step, recipe, ...parts }: ReadableCheckpoint): Promise<FileInParts> {
  const tensors = PARTS.flatMap((part) =>
    Object.entries(parts[part] ?? {}).map(([name, tensor]) => [`${part}/${name}`, tensor] as const),
  );
  const average = parts.average !== undefined;
  const rxdiffusion = JSON.stringify({ format: CHECKPOINT_FORMAT, run, step, average, recipe });
  return sealedTensors(Object.fromEntries(tensors), { format: 'pt', rxdiffusion });
}

/** A checkpoint as the bytes of one safetensors file, sealed by SHA-256. */
export async function encodeCheckpoint(checkpoint: Checkpoint): Promise<Uint8Array> {
  return joinedParts(await checkpointFile(readableCheckpoint(checkpoint)));
}

/** Plain data as what is written. */
export function readableCheckpoint({
  parameters,
  optimizer,
  average,
  kept,
  ...origin
}: Checkpoint): ReadableCheckpoint {
  return {
    ...origin,
    parameters: readableOf(parameters),
    optimizer: readableOf(optimizer),
    ...(average === undefined ? {} : { average: readableOf(average) }),
    ...(kept === undefined ? {} : { kept: readableOf(kept) }),
  };
}

/**
 * Reads a checkpoint.
 *
 * @throws DiffusionError `RXD_FILE_CORRUPT` for a broken or unsealed file, `RXD_FORMAT_UNSUPPORTED` for safetensors of
 * something else, `RXD_FORMAT_VERSION` for a newer format
 */
export function decodeCheckpoint(bytes: Uint8Array, file = 'checkpoint'): Promise<Checkpoint> {
  return readCheckpoint(bytesSource(bytes), file);
}

/** As `decodeCheckpoint`, of a source that need not be in memory; it is closed then. */
export async function readCheckpoint(source: ByteSource, file: string): Promise<Checkpoint> {
  try {
    const stored = await checkpointIn(source, file);
    const { parameters, optimizer, average, kept } = tensorsOf(stored);
    return {
      ...stored.origin,
      parameters: await readAll(parameters),
      optimizer: await readAll(optimizer),
      ...(average ? { average: await readAll(average) } : {}),
      ...(kept ? { kept: await readAll(kept) } : {}),
    };
  } finally {
    await source.close?.();
  }
}

/** Opens a checkpoint and reads all of it once, so that it is known to be whole. Whoever opens it closes it. */
export async function openCheckpoint(source: ByteSource, file: string): Promise<ReadableCheckpoint> {
  const close = async (): Promise<void> => source.close?.();
  try {
    const stored = await checkpointIn(source, file);
    await stored.check();
    return { ...stored.origin, ...tensorsOf(stored), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Whose checkpoint it is: its sealed header says so. The source is closed then. */
export async function checkpointOrigin(source: ByteSource, file: string): Promise<Origin> {
  try {
    return (await checkpointIn(source, file)).origin;
  } finally {
    await source.close?.();
  }
}

async function checkpointIn(source: ByteSource, file: string): Promise<StoredFile> {
  const stored = await openStored(source, file);
  if (stored.kind === 'weights') throw weightsAlone(file);
  return stored;
}

function tensorsOf(stored: StoredFile): Pick<ReadableCheckpoint, (typeof PARTS)[number]> {
  const kept = stored.tensors('kept/');
  return {
    parameters: stored.tensors('parameters/'),
    optimizer: stored.tensors('optimizer/'),
    ...(stored.hasAverage ? { average: stored.tensors('average/') } : {}),
    ...(Object.keys(kept).length > 0 ? { kept } : {}),
  };
}

function weightsAlone(file: string): DiffusionError {
  return new DiffusionError('RXD_FORMAT_UNSUPPORTED', {
    problem: `${file} holds weights alone`,
    got: 'a file of weights',
    expected: 'a checkpoint, with the state of the optimiser',
    fix: 'sample with it (`openWeights`); training goes on from a checkpoint',
  });
}
