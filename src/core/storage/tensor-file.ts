import type { ByteSource } from '../contracts/store.js';
import { Arranging } from '../tensors/arranged.js';
import type { PlainTensor, ReadableTensor, ReadableTensors } from '../tensors/plain-tensor.js';
import { readExactly } from './byte-sources.js';
import type { Loading } from './loading.js';
import type { StoredNumbers } from '../contracts/engine.js';
import { withStored } from '../tensors/stored-numbers.js';
import { kindOf, readNumbers, storedFormat } from './number-formats.js';
import { readHeaderOf, type SafetensorsHeader, type TensorEntry } from './safetensors-header.js';
import { PIECE, pieceStarts, readSeal, type Seal } from './seal.js';

/** A safetensors file that is read tensor by tensor, in pieces. Its header was read and checked before any data. */
export class TensorFile {
  readonly #source: ByteSource;
  readonly #header: SafetensorsHeader;
  readonly #file: string;
  readonly #loading: Loading | undefined;
  /** Tensors whose bytes were counted: of one that is read again they are not. */
  readonly #counted = new Set<TensorEntry>();
  /** One for all pieces: a file of gigabytes leaves no trail of them. */
  #buffer: Uint8Array | undefined;
  #seal: Seal | undefined;
  /** Readers of the one buffer take turns. */
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(source: ByteSource, header: SafetensorsHeader, file: string, loading?: Loading) {
    this.#source = source;
    this.#header = header;
    this.#file = file;
    this.#loading = loading;
  }

  /**
   * @param loading - is told of the bytes of tensors, and may end their reading
   * @throws DiffusionError `RXD_FILE_CORRUPT` that names the broken rule
   */
  static async open(source: ByteSource, file: string, loading?: Loading): Promise<TensorFile> {
    return new TensorFile(source, await readHeaderOf(source, file), file, loading);
  }

  get metadata(): Readonly<Record<string, string>> {
    return this.#header.metadata;
  }

  /** Checks the header against its seal; from now on data are checked as they are read. */
  async unseal(): Promise<void> {
    this.#seal = await readSeal(this.#header, this.#file);
  }

  /** The tensors that are needed whose names begin with `prefix`, without it. */
  tensors(prefix = '', needed: (name: string) => boolean = () => true): ReadableTensors {
    const own = this.#header.entries.filter(({ name }) => name.startsWith(prefix) && needed(name));
    this.#loading?.expect(own.reduce((sum, { start, stop }) => sum + stop - start, 0));
    return Object.fromEntries(own.map((entry) => [entry.name.slice(prefix.length), this.#readable(entry)]));
  }

  /** Reads all data and keeps none. Throws `RXD_FILE_CORRUPT` where they are not those that were sealed. */
  async check(): Promise<void> {
    for (const entry of this.#header.entries) await this.#inTurn(() => this.#pieces(entry, () => undefined));
  }

  /** All bytes. */
  bytes(): Promise<Uint8Array> {
    return readExactly(this.#source, { offset: 0, length: this.#source.size, file: this.#file });
  }

  #readable(entry: TensorEntry): ReadableTensor {
    const { dtype, shape } = entry;
    const read: ReadableTensor['read'] = (order) => this.#inTurn(() => this.#read(entry, order));
    const readable: ReadableTensor = { dtype: kindOf(dtype), shape, read };
    const format = storedFormat(dtype);
    return format === undefined
      ? readable
      : withStored(readable, () => this.#inTurn(() => this.#stored(entry, format)));
  }

  /** Straight into the memory that whoever asks will have. */
  async #stored(entry: TensorEntry, format: StoredNumbers['format']): Promise<StoredNumbers> {
    const bytes = new Uint8Array(wholePages(entry.stop - entry.start));
    let at = 0;
    const put = (piece: Uint8Array): void => {
      if (piece.buffer !== bytes.buffer) bytes.set(piece, at);
      at += piece.length;
    };
    await this.#pieces(entry, put, bytes);
    const data = format === 'float32' ? new Float32Array(bytes.buffer) : new Uint16Array(bytes.buffer);
    return { format, data, sides: entry.shape };
  }

  async #read(entry: TensorEntry, order: readonly number[] | undefined): Promise<PlainTensor> {
    const { name, dtype, shape } = entry;
    const arranging = new Arranging(kindOf(dtype), shape, order);
    await this.#pieces(entry, (bytes) => arranging.put(readNumbers(dtype, bytes, `${this.#file}: ${name}`)));
    return arranging.tensor;
  }

  async #pieces(entry: TensorEntry, take: (bytes: Uint8Array) => void, whole?: Uint8Array): Promise<void> {
    const { start, stop } = entry;
    const loading = this.#counted.has(entry) ? undefined : this.#loading;
    this.#counted.add(entry);
    for (const piece of pieceStarts(stop - start)) {
      this.#loading?.refuseAborted();
      const [offset, length] = [this.#header.dataStart + start + piece, Math.min(PIECE, stop - start - piece)];
      const into = whole?.subarray(piece, piece + length) ?? (this.#buffer ??= new Uint8Array(this.#largest()));
      const bytes = await readExactly(this.#source, { offset, length, into, file: this.#file });
      await this.#seal?.(entry, piece, bytes);
      take(bytes);
      loading?.read(length);
    }
  }

  #largest(): number {
    return this.#header.entries.reduce((most, { start, stop }) => Math.min(PIECE, Math.max(most, stop - start)), 0);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }
}

/** TypeScript's ES2023 does not know of buffers that can be resized; Node has them since 20, browsers as long. */
type Resizable = new (bytes: number, options: { readonly maxByteLength: number }) => ArrayBuffer;

/** Memory that can be given back at once by whoever has it. */
const wholePages = (bytes: number): ArrayBuffer =>
  new (ArrayBuffer as unknown as Resizable)(bytes, { maxByteLength: bytes });
