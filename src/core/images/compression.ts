/** Formats of the web's compression streams: zlib is `deflate`. */
type Format = 'gzip' | 'deflate';

/** Compresses with zlib framing (RFC 1950), through the platform's `CompressionStream`. */
export function deflate(bytes: Uint8Array): Promise<Uint8Array> {
  return through(bytes, new CompressionStream('deflate' satisfies Format));
}

/** Unpacks gzip (RFC 1952), through the platform's `DecompressionStream`. Rejects at corrupt or truncated bytes. */
export function gunzip(bytes: Uint8Array): Promise<Uint8Array> {
  return through(bytes, new DecompressionStream('gzip' satisfies Format));
}

async function through(bytes: Uint8Array, stream: CompressionStream | DecompressionStream): Promise<Uint8Array> {
  const packed = new Blob([new Uint8Array(bytes)]).stream().pipeThrough(stream);
  return new Uint8Array(await new Response(packed).arrayBuffer());
}
