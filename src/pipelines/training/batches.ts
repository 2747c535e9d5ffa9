import { from, type Observable } from 'rxjs';
import type { BatchShare, Dataset } from '../../core/contracts/dataset.js';
import { blame } from '../../core/errors/blame.js';
import { DiffusionError } from '../../core/errors/diffusion-error.js';
import { formatValue } from '../../core/errors/format-value.js';
import { guarded } from '../../core/assembly/guarded.js';
import { checkedShare, isShareOf } from '../../core/training/batch-columns.js';
import type { SourcedBatch } from '../../core/training/noisy-batch.js';
import { identityOf } from '../../core/assembly/plugin-identity.js';

/** Which batches of a dataset, in which order. */
export interface BatchOptions {
  readonly seed: number;
  /** Examples in a batch, those of all workers together. */
  readonly size: number;
  /** The rows of each batch that this worker takes, where others take the others; all of them where absent. */
  readonly share?: BatchShare | undefined;
  /** Number of batches. */
  readonly count: number;
  /** First batch: the position of a resumed run; 0. */
  readonly from?: number;
}

/** A batch that is asked for but not loaded: two numbers and a way to get it. */
export class BatchTicket {
  readonly #dataset: Dataset;
  readonly #options: BatchOptions;
  /** Position in the whole run, 0 for the first. */
  readonly position: number;

  constructor(dataset: Dataset, options: BatchOptions, position: number) {
    this.#dataset = guarded('dataset', dataset);
    this.#options = options;
    this.position = position;
  }

  get epoch(): number {
    return Math.floor(this.position / this.#perEpoch);
  }

  /** Place in its epoch. */
  get index(): number {
    return this.position % this.#perEpoch;
  }

  /** Loads the batch. Loading twice gives the same batch. */
  async load(): Promise<SourcedBatch> {
    const { epoch, index } = this;
    const { seed, size, share } = this.#options;
    const source = identityOf(this.#dataset, 'dataset');
    const wanted = { seed, epoch, index, size, ...(share === undefined ? {} : { share: { ...share } }) };
    try {
      const batch = checkedShare(await this.#dataset.batch(wanted), this.#dataset.info, size, share);
      return { ...batch, source, ...(share === undefined ? {} : { share: { first: share.first, of: size } }) };
    } catch (error) {
      throw blame(error, source, this.position);
    }
  }

  get #perEpoch(): number {
    return Math.floor(this.#dataset.info.size / this.#options.size);
  }
}

/**
 * The batches of a run as tickets: indices flow, data is loaded at the last moment, and a resumed run (`from`) sees
 * what an uninterrupted one sees.
 *
 * @example
 * batches(dataset, { seed: 0, size: 64, count: 1000 }).pipe(addNoise(parts), fit(parts))
 */
export function batches(dataset: Dataset, options: BatchOptions): Observable<BatchTicket> {
  const { size, share, count, from: first = 0 } = options;
  if (!Number.isSafeInteger(size) || size < 1 || size > dataset.info.size) throw wrongSize(size, dataset);
  if (share !== undefined && !isShareOf(share, size)) throw wrongShare(share, size);
  return from(tickets(dataset, options, first, count));
}

function* tickets(dataset: Dataset, options: BatchOptions, first: number, count: number): Generator<BatchTicket> {
  for (let position = first; position < count; position++) yield new BatchTicket(dataset, options, position);
}

function wrongSize(size: number, { info }: Dataset): DiffusionError {
  return new DiffusionError('RXD_REQUEST_INVALID', {
    problem: 'the batch size does not fit the dataset',
    got: String(size),
    expected: `an integer from 1 to ${info.size}, the size of ${info.name}`,
    fix: 'choose a smaller batch size or a larger dataset',
  });
}

function wrongShare(share: BatchShare, size: number): DiffusionError {
  return new DiffusionError('RXD_REQUEST_INVALID', {
    problem: 'the share of a worker is no part of the batch',
    got: formatValue(share),
    expected: `{ first, count }: at least one of the rows 0 … ${size - 1}`,
    fix: 'divide the batch among the workers, such as { first: worker * size / workers, count: size / workers }',
  });
}
