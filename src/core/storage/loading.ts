import { aborted } from '../errors/aborted.js';
import { DiffusionError } from '../errors/diffusion-error.js';
import { kindOf } from '../errors/format-value.js';
import { readGiven } from '../errors/given.js';

/** How far weights are loaded, in bytes as they lie in their files. */
export interface LoadProgress {
  /** Bytes that were read. */
  readonly loaded: number;
  /** Bytes of all weights that were opened so far, and of files that are downloaded whole: it grows while files are opened. */
  readonly total: number;
}

/** How weights are loaded. */
export interface LoadOptions {
  /** Told of the bytes that were read, after each tensor, of large ones after each 8 MB. What it throws ends the loading. */
  readonly onProgress?: ((progress: LoadProgress) => void) | undefined;
  /** Cancels the loading, wherever it is: what reads the weights then rejects with `RXD_ABORTED`. */
  readonly signal?: AbortSignal | undefined;
}

/** Told of bytes that are on their way before a file is given, as of one that is downloaded whole. */
export interface ReadWatch {
  readonly signal?: AbortSignal | undefined;
  /** Says that so many bytes more are to be read; fewer where it is negative. */
  expect(bytes: number): void;
  /** Says that so many bytes were read. Throws `RXD_ABORTED` where nobody wants them any more. */
  read(bytes: number): void;
}

/** Counts the bytes of one loading, over all of its files. */
export class Loading implements ReadWatch {
  readonly signal: AbortSignal | undefined;
  readonly #onProgress: LoadOptions['onProgress'];
  #loaded = 0;
  #total = 0;

  /** @throws DiffusionError `RXD_REQUEST_INVALID` */
  constructor({ onProgress, signal }: LoadOptions) {
    if (onProgress !== undefined && typeof onProgress !== 'function')
      throw wrongOption('onProgress', onProgress, 'a function');
    if (signal !== undefined && !(signal instanceof AbortSignal))
      throw wrongOption('signal', signal, 'an AbortSignal, that of an AbortController');
    [this.#onProgress, this.signal] = [onProgress, signal];
  }

  expect(bytes: number): void {
    this.#total += bytes;
  }

  read(bytes: number): void {
    this.refuseAborted();
    this.#loaded += bytes;
    this.#total = Math.max(this.#total, this.#loaded);
    const progress = { loaded: this.#loaded, total: this.#total };
    readGiven('`onProgress` failed', () => this.#onProgress?.(progress));
  }

  /** Throws `RXD_ABORTED` where nobody wants the weights any more. */
  refuseAborted(): void {
    if (this.signal?.aborted === true) throw aborted('the loading of weights', this.signal.reason);
  }
}

function wrongOption(name: string, got: unknown, expected: string): DiffusionError {
  return new DiffusionError('RXD_REQUEST_INVALID', {
    problem: `\`${name}\` of the options of loading is none`,
    got: kindOf(got),
    expected,
    fix: 'give one, or leave it out',
  });
}
