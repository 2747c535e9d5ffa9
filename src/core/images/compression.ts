/** Formats of the web's compression streams: zlib is `deflate`. */
type Format = 'gzip' | 'deflate';

/** Compresses with zlib framing (RFC 1950), through the platform's `CompressionStream`. */
export async function deflate(bytes: Uint8Array): Promise<Uint8Array> {
  const packed = blobOf(bytes)
    .stream()
    .pipeThrough(new CompressionStream('deflate' satisfies Format));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

/** How much may come out of packed bytes. */
export interface UnpackedLimit {
  /** Most bytes, told by the first of them (64, or all where there are fewer); throws where they make no sense. */
  readonly most: (start: Uint8Array) => number;
  /** The error where more come. */
  readonly refuse: (most: number) => Error;
}

/**
 * Unpacks gzip (RFC 1952), through the platform's `DecompressionStream`, piece by piece: a small file may unpack to any
 * size, and no more is held than the limit allows. With a limit the pieces go where they stay: a large file is held once.
 * Rejects at corrupt or truncated bytes.
 *
 * @param limit - for bytes that come from outside
 */
export async function gunzip(bytes: Uint8Array, limit?: UnpackedLimit): Promise<Uint8Array> {
  const reader = inPieces(bytes)
    .pipeThrough(new DecompressionStream('gzip' satisfies Format))
    .getReader();
  const start: Uint8Array[] = [];
  let all: Uint8Array | undefined;
  let length = 0;
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      const piece = read.value as Uint8Array;
      if (all && limit) place(all, length, piece, limit);
      else start.push(piece);
      length += piece.length;
      if (limit && all === undefined && length >= START) all = placed(joined(start, length), bytes.length, limit);
    }
  } catch (error) {
    await reader.cancel(error).catch(() => undefined);
    throw error;
  }
  const few = limit && all === undefined;
  all ??= joined(start, length);
  return few ? placed(all, bytes.length, limit).subarray(0, length) : all.subarray(0, length);
}

/** The array for all bytes, with the first of them in it. */
function placed(start: Uint8Array, packed: number, limit: UnpackedLimit): Uint8Array {
  // What says how long it will be may lie: no more is taken than packed bytes can unpack to.
  const all = new Uint8Array(Math.min(limit.most(start), LARGEST_RATIO * packed));
  place(all, 0, start, limit);
  return all;
}

function place(all: Uint8Array, at: number, piece: Uint8Array, { refuse }: UnpackedLimit): void {
  if (at + piece.length > all.length) throw refuse(all.length);
  all.set(piece, at);
}

/** Of deflate: two bits stand for 258 bytes. */
const LARGEST_RATIO = 1032;

/** Bytes as a stream that takes no copy of all of them. */
function inPieces(bytes: Uint8Array): ReadableStream<Uint8Array<ArrayBuffer>> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, (at += PIECE)));
    },
  });
}

const PIECE = 65_536;

/** Bytes from which a limit is told. */
const START = 64;

const blobOf = (bytes: Uint8Array): Blob => new Blob([new Uint8Array(bytes)]);

function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const [first] = pieces;
  if (pieces.length === 1 && first) return first;
  const all = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
