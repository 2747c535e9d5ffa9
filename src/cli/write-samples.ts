import { access, constants, stat } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import { firstValueFrom, of } from 'rxjs';
import {
  DiffusionError,
  encodeSafetensors,
  postProcess,
  type FloatImages,
  type ImageBatch,
  type PostProcessor,
} from '../index.js';
import { encodeGif, encodePng, tileImages, toPixels } from '../images.js';
import { makeFolder, replaceFile } from '../node.js';

/** Writes `samples` (float32 [N, H, W, C], in [-1, 1]) and, where there are, `labels` (int32 [N]) as safetensors. */
export async function writeRaw(
  path: string,
  { shape, data }: FloatImages,
  labels: readonly number[] | undefined,
): Promise<void> {
  const said = labels && { labels: { dtype: 'int32', shape: [labels.length], data: Int32Array.from(labels) } as const };
  const tensors = { samples: { dtype: 'float32', shape, data } as const, ...said };
  await replaceFile(path, [encodeSafetensors({ tensors, metadata: {} })]);
}

/** Names by the format of a picture. */
const EXTENSIONS: Readonly<Record<string, readonly string[]>> = {
  'image/png': ['.png'],
  'image/gif': ['.gif'],
  'image/jpeg': ['.jpg', '.jpeg'],
  'image/webp': ['.webp'],
};

/** What the command line encodes itself, where post-processors leave pixels. */
const ENCODED = ['.png', '.gif'];

/**
 * Refuses a name that no picture of this run can have, before anything is sampled.
 *
 * @param mayGiveFiles - whether post-processors may give encoded files, of formats of their own
 * @throws DiffusionError `RXD_REQUEST_INVALID`
 */
export function checkPictureName(path: string, { mayGiveFiles }: { readonly mayGiveFiles: boolean }): void {
  const known = mayGiveFiles ? Object.values(EXTENSIONS).flat() : ENCODED;
  if (!known.includes(extname(path).toLowerCase())) throw wrongName(path, known);
}

/**
 * Sends samples through the recipe's post-processors and writes what comes out; gives the paths.
 *
 * @throws DiffusionError `RXD_REQUEST_INVALID` where the name is that of another format; nothing is written then
 */
export async function writePictures(
  path: string,
  samples: FloatImages,
  processors: readonly PostProcessor[],
): Promise<readonly string[]> {
  const files = await encoded(path, await firstValueFrom(of(samples).pipe(postProcess(processors))));
  const numbered = (index: number): string =>
    files.length === 1 ? path : `${path.slice(0, path.length - extname(path).length)}-${index}${extname(path)}`;
  for (const [index, bytes] of files.entries()) await replaceFile(numbered(index), [bytes]);
  return files.map((_, index) => numbered(index));
}

async function encoded(path: string, batch: ImageBatch): Promise<readonly Uint8Array[]> {
  const extension = extname(path).toLowerCase();
  if (batch.kind === 'files') {
    for (const { mediaType } of batch.files) {
      const fitting = EXTENSIONS[mediaType];
      if (fitting !== undefined && !fitting.includes(extension)) throw wrongName(path, fitting);
    }
    return batch.files.map(({ bytes }) => bytes);
  }
  if (!ENCODED.includes(extension)) throw wrongName(path, ENCODED);
  const columns = Math.ceil(Math.sqrt(batch.shape[0]));
  const one = batch.shape[0] === 1 ? batch : tileImages(batch, { columns, gap: 2, background: -1 });
  const pixels = one.kind === 'float' ? toPixels(one) : one;
  return [extension === '.gif' ? encodeGif(pixels, { fps: 1, holdLast: 1, loop: false }) : await encodePng(pixels)];
}

function wrongName(path: string, fitting: readonly string[]): DiffusionError {
  return new DiffusionError('RXD_REQUEST_INVALID', {
    problem: `the pictures cannot be written to ${path}: its name says another format`,
    got: extname(path) === '' ? `${path}, without an ending` : extname(path),
    expected: fitting.join(' or '),
    fix: `give --out a name that ends in ${fitting[0]}, or write the numbers with --raw FILE.safetensors`,
  });
}

/**
 * Refuses a path where no file can be written, before anything is sampled.
 *
 * @throws DiffusionError `RXD_STORE_WRITE`
 */
export async function checkPlace(path: string): Promise<void> {
  try {
    await makeFolder(dirname(path));
    if (!(await stat(dirname(path))).isDirectory()) throw new Error('ENOTDIR: it lies in what is no folder');
    await access(dirname(path), constants.W_OK);
    const there = await stat(path).catch(() => undefined);
    if (there?.isDirectory()) throw new Error('EISDIR: it is a folder');
  } catch (cause) {
    throw new DiffusionError('RXD_STORE_WRITE', {
      problem: `cannot write ${path}: ${cause instanceof Error ? cause.message : String(cause)}`,
      got: path,
      expected: 'a path in a folder that can be written to',
      fix: 'check the path, its permissions and the space left',
      cause,
    });
  }
}
