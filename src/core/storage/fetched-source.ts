import type { ByteSource } from '../contracts/store.js';
import { DiffusionError } from '../errors/diffusion-error.js';
import { bytesSource, readAhead, unread } from './byte-sources.js';

/**
 * A file on a server, read by ranges of HTTP: a few megabytes a request. It is read whole from a server that knows no
 * ranges, or does not show other origins the header `content-range`.
 *
 * @param mayLack - true where a file that is not there (404) is no error: there is then no source
 * @throws DiffusionError `RXD_STORE_READ` where the server does not answer with the file, or changes it meanwhile
 */
export async function fetchedSource(url: URL): Promise<ByteSource>;
export async function fetchedSource(url: URL, mayLack: true): Promise<ByteSource | undefined>;
export async function fetchedSource(url: URL, mayLack = false): Promise<ByteSource | undefined> {
  const first = await answer(url, { range: 'bytes=0-0' });
  if (mayLack && first.status === 404) return undefined;
  refuseFailure(url, first);
  const range = first.status === 206 ? rangeOf(first) : undefined;
  if (range === undefined) return wholeSource(first.status === 206 ? await answered(url, {}) : first);
  await first.arrayBuffer();
  return readAhead({
    size: range.size,
    async read(offset, length) {
      if (length === 0) return new Uint8Array(0);
      const answer = await answered(url, { range: `bytes=${offset}-${offset + length - 1}` });
      const now = answer.status === 206 ? rangeOf(answer) : undefined;
      if (now === undefined || now.size !== range.size || now.version !== range.version || now.start !== offset)
        throw refused(url, 'another file than before', 'the file that was there at first', 'open it again');
      return new Uint8Array(await answer.arrayBuffer());
    },
  });
}

async function wholeSource(answer: Response): Promise<ByteSource> {
  return bytesSource(new Uint8Array(await answer.arrayBuffer()));
}

async function answered(url: URL, headers: Readonly<Record<string, string>>): Promise<Response> {
  const response = await answer(url, headers);
  refuseFailure(url, response);
  return response;
}

function answer(url: URL, headers: Readonly<Record<string, string>>): Promise<Response> {
  return fetch(url, { headers }).catch((cause: unknown) => {
    throw unread(url.href, cause);
  });
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
