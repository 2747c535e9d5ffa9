import type { ByteSource } from '../contracts/store.js';
import { aborted } from '../errors/aborted.js';
import { DiffusionError } from '../errors/diffusion-error.js';
import { readAhead, unread } from './byte-sources.js';
import type { ReadWatch } from './loading.js';

/** How a file on a server is read. */
export interface FetchOptions {
  /** Told of the bytes of a file that is read whole; its signal cancels every reading. */
  readonly watch?: ReadWatch | undefined;
}

/**
 * A file on a server, read by ranges of HTTP: a few megabytes a request. It is read whole from a server that knows no
 * ranges, or does not show other origins the header `content-range`.
 *
 * @returns what reads it, or all of its bytes; `undefined` where it is not there (404, or a page of HTML) and `mayLack` says that this is no error
 * @throws DiffusionError `RXD_STORE_READ` where the server does not answer with the file, or changes it meanwhile; `RXD_ABORTED`
 */
export async function fetchedSource(url: URL, options?: FetchOptions): Promise<ByteSource | Uint8Array>;
export async function fetchedSource(
  url: URL,
  options: FetchOptions & { readonly mayLack: true },
): Promise<ByteSource | Uint8Array | undefined>;
export async function fetchedSource(
  url: URL,
  { watch, mayLack = false }: FetchOptions & { readonly mayLack?: boolean } = {},
): Promise<ByteSource | Uint8Array | undefined> {
  const ask = (headers: Readonly<Record<string, string>>): Promise<Response> => answer(url, headers, watch?.signal);
  const first = await ask({ range: 'bytes=0-0' });
  if (mayLack && isLacking(first)) return undefined;
  refuseFailure(url, first);
  const range = first.status === 206 ? rangeOf(first) : undefined;
  if (range === undefined) return wholeFile(url, first.status === 206 ? await answered(url, ask({})) : first, watch);
  await first.arrayBuffer();
  return readAhead({
    size: range.size,
    async read(offset, length) {
      if (length === 0) return new Uint8Array(0);
      const part = await answered(url, ask({ range: `bytes=${offset}-${offset + length - 1}` }));
      const now = part.status === 206 ? rangeOf(part) : undefined;
      if (now === undefined || now.size !== range.size || now.version !== range.version || now.start !== offset)
        throw refused(url, 'another file than before', 'the file that was there at first', 'open it again');
      return received(url, watch?.signal, async () => new Uint8Array(await part.arrayBuffer()));
    },
  });
}

/** Whether there is no such file: servers of pages answer with a page then, of status 200. */
const isLacking = ({ status, headers }: Response): boolean =>
  status === 404 || (headers.get('content-type') ?? '').startsWith('text/html');

/** All bytes of an answer. */
function wholeFile(url: URL, answer: Response, watch: ReadWatch | undefined): Promise<Uint8Array> {
  return received(url, watch?.signal, async () => {
    // Of a compressed answer the header says other bytes than those that come.
    const said = answer.headers.has('content-encoding') ? 0 : Number(answer.headers.get('content-length') ?? 0);
    watch?.expect(said);
    const parts: Uint8Array<ArrayBuffer>[] = [];
    for (
      let reader = answer.body?.getReader(), part = await reader?.read();
      part?.done === false;
      part = await reader?.read()
    ) {
      parts.push(part.value);
      watch?.read(part.value.length);
    }
    const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
    watch?.expect(bytes.length - said);
    return bytes;
  });
}

async function answered(url: URL, asked: Promise<Response>): Promise<Response> {
  const response = await asked;
  refuseFailure(url, response);
  return response;
}

const answer = (url: URL, headers: Readonly<Record<string, string>>, signal: AbortSignal | undefined) =>
  received(url, signal, () => fetch(url, { headers, signal: signal ?? null }));

/** What a server sends. Rejects with `RXD_ABORTED` where that was cancelled, with `RXD_STORE_READ` for anything else. */
async function received<T>(url: URL, signal: AbortSignal | undefined, receive: () => Promise<T>): Promise<T> {
  try {
    return await receive();
  } catch (cause) {
    throw signal?.aborted === true ? aborted('a download', signal.reason) : unread(url.href, cause);
  }
}

function refuseFailure(url: URL, { ok, status }: Response): void {
  if (!ok) throw refused(url, `status ${status}`, 'the file', 'check the address and what the server allows');
}

interface Range {
  readonly start: number;
  readonly size: number;
  /** What tells two files at one address apart, where the server says it. */
  readonly version: string;
}

function rangeOf({ headers }: Response): Range | undefined {
  const [, start, size] = /^bytes (\d+)-\d+\/(\d+)$/.exec(headers.get('content-range') ?? '') ?? [];
  if (start === undefined || size === undefined) return undefined;
  const version = headers.get('etag') ?? headers.get('last-modified') ?? '';
  return { start: Number(start), size: Number(size), version };
}

function refused(url: URL, got: string, expected: string, fix: string): DiffusionError {
  return new DiffusionError('RXD_STORE_READ', { problem: `cannot read ${url.href}`, got, expected, fix });
}
