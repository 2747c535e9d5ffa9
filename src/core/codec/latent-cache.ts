import { contentKey } from '../random/content-key.js';

/** Bytes of an entry beside its latents: its key, and its place in the table. */
export const ENTRY_BYTES = 256;

/**
 * Latents by the images that they were made of, so that an image is encoded once: what is kept is found by the content of the
 * image, so that examples that a dataset changes at random are encoded anew. When it is full it keeps what it has: in a
 * pass over all examples, what was kept last is what is needed last.
 */
export class LatentCache {
  readonly #most: number;
  readonly #latents = new Map<string, Float32Array>();
  #bytes = 0;

  /** @param bytes - what it may hold */
  constructor(bytes: number) {
    this.#most = bytes;
  }

  /** Bytes that it holds. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Latents of images, of which those that are not known are encoded: in rows of a power of two, or all of them, so that an
   * engine compiles few shapes.
   *
   * @param images - `count` of them, row by row
   * @param encode - latents of rows of images
   */
  async latents(
    images: Float32Array,
    count: number,
    encode: (rows: Float32Array) => Promise<Float32Array>,
  ): Promise<Float32Array> {
    const width = images.length / count;
    const rowOf = (row: number): Float32Array => images.subarray(row * width, (row + 1) * width);
    const keys = Array.from({ length: count }, (_, row) => contentKey(rowOf(row)));
    const firsts = new Map(keys.map((key, row) => [key, row] as const).toReversed());
    const unknown = [...firsts].filter(([key]) => !this.#latents.has(key));
    const made = await encodedRows(
      unknown.map(([, row]) => rowOf(row)),
      count,
      encode,
    );
    const fresh = new Map(unknown.map(([key], at) => [key, made[at] as Float32Array] as const));
    for (const [key, latents] of fresh) this.#keep(key, latents);
    return joined(keys.map((key) => this.#latents.get(key) ?? fresh.get(key) ?? new Float32Array(0)));
  }

  #keep(key: string, latents: Float32Array): void {
    const bytes = latents.byteLength + ENTRY_BYTES;
    if (this.#bytes + bytes > this.#most) return;
    this.#latents.set(key, latents);
    this.#bytes += bytes;
  }
}

/** The latents of some rows, each an array of its own. */
async function encodedRows(
  rows: readonly Float32Array[],
  most: number,
  encode: (rows: Float32Array) => Promise<Float32Array>,
): Promise<readonly Float32Array[]> {
  const [first] = rows;
  if (first === undefined) return [];
  const size = Math.min(most, 2 ** Math.ceil(Math.log2(rows.length)));
  const latents = await encode(joined(Array.from({ length: size }, (_, at) => rows[at] ?? first)));
  const width = latents.length / size;
  return rows.map((_, at) => latents.slice(at * width, (at + 1) * width));
}

function joined(rows: readonly Float32Array[]): Float32Array {
  const width = rows[0]?.length ?? 0;
  const all = new Float32Array(rows.length * width);
  for (const [at, row] of rows.entries()) all.set(row, at * width);
  return all;
}
