import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import { firstValueFrom, of } from 'rxjs';
import {
  DiffusionError,
  encodePng,
  encodeSafetensors,
  postProcess,
  tileImages,
  toPixels,
  type FloatImages,
  type ImageBatch,
  type PostProcessor,
} from '../index.js';

/** Writes `samples` (float32 [N, H, W, C], in [-1, 1]) and, where there are, `labels` (int32 [N]) as safetensors. */
export async function writeRaw(
  path: string,
  { shape, data }: FloatImages,
  labels: readonly number[] | undefined,
): Promise<void> {
  const said = labels && { labels: { dtype: 'int32', shape: [labels.length], data: Int32Array.from(labels) } as const };
  const tensors = { samples: { dtype: 'float32', shape, data } as const, ...said };
  await replaceFile(path, encodeSafetensors({ tensors, metadata: {} }));
}

/** Sends samples through the recipe's post-processors and writes what comes out; gives the paths. */
export async function writePictures(
  path: string,
  samples: FloatImages,
  processors: readonly PostProcessor[],
): Promise<readonly string[]> {
  const files = await encoded(await firstValueFrom(of(samples).pipe(postProcess(processors))));
  const numbered = (index: number): string =>
    files.length === 1 ? path : `${path.slice(0, path.length - extname(path).length)}-${index}${extname(path)}`;
  for (const [index, bytes] of files.entries()) await replaceFile(numbered(index), bytes);
  return files.map((_, index) => numbered(index));
}

async function encoded(batch: ImageBatch): Promise<readonly Uint8Array[]> {
  if (batch.kind === 'files') return batch.files.map(({ bytes }) => bytes);
  const columns = Math.ceil(Math.sqrt(batch.shape[0]));
  const one = batch.shape[0] === 1 ? batch : tileImages(batch, { columns, gap: 2, background: -1 });
  return [await encodePng(one.kind === 'float' ? toPixels(one) : one)];
}

/** All of the new bytes or the old ones: a temporary file, then a rename. */
async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeAndRename(`${path}.${process.pid}.tmp`, path, bytes);
  } catch (cause) {
    throw new DiffusionError('RXD_STORE_WRITE', {
      problem: `cannot write ${path}: ${cause instanceof Error ? cause.message : String(cause)}`,
      fix: 'check the path, its permissions and the space left',
      cause,
    });
  }
}

async function writeAndRename(temporary: string, path: string, bytes: Uint8Array): Promise<void> {
  try {
    await writeFile(temporary, bytes, { flush: true });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
