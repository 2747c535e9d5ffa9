import { defer, map, type MonoTypeOperatorFunction } from 'rxjs';
import { encodedImages, type Coding } from '../../core/codec/coding.js';
import { LatentCache } from '../../core/codec/latent-cache.js';
import { MEGABYTE } from '../../core/assembly/memory-limit.js';
import { blame } from '../../core/errors/blame.js';
import { guardedParts } from '../../core/assembly/guarded.js';
import { identityOf } from '../../core/assembly/plugin-identity.js';
import { dataOf } from '../../core/training/batch-columns.js';
import type { SourcedBatch } from '../../core/training/noisy-batch.js';
import type { BatchTicket } from './batches.js';

/** What operators on tickets read of one. */
export type Ticket = Pick<BatchTicket, 'position' | 'epoch' | 'load'>;

/** A batch whose images will be encoded when it is loaded. */
class EncodedTicket implements Ticket {
  readonly #ticket: Ticket;
  readonly #coding: Coding;
  readonly #cache: LatentCache | undefined;

  constructor(ticket: Ticket, coding: Coding, cache: LatentCache | undefined) {
    this.#ticket = ticket;
    this.#coding = guardedParts(coding);
    this.#cache = cache;
  }

  get position(): number {
    return this.#ticket.position;
  }

  get epoch(): number {
    return this.#ticket.epoch;
  }

  async load(): Promise<SourcedBatch> {
    const batch = await this.#ticket.load();
    const { codec } = this.#coding;
    try {
      const encode = (images: Float32Array): Promise<Float32Array> => encodedImages(this.#coding, images);
      const images = dataOf(batch).data;
      const data = await (this.#cache?.latents(images, batch.count, encode) ?? encode(images));
      const shape = [batch.count, ...codec.info.latentShape];
      return { ...batch, columns: { ...batch.columns, data: { kind: 'numbers', data, shape } } };
    } catch (error) {
      throw blame(error, identityOf(codec, 'codec'), this.position);
    }
  }
}

/** How images of training become latents. */
export interface EncodeDataOptions {
  /**
   * Megabytes of latents that a run keeps, so that each image is encoded once: later epochs are read from memory. What has
   * no room is encoded each time; 0, for all, where absent.
   */
  readonly cache?: number;
}

/**
 * Encodes the column `data` of batches, images, to latents: what a network of latents learns. Other columns stay.
 *
 * @example
 * batches(dataset, order).pipe(encodeData({ engine, codec }), addNoise(noising), fit(parts), trainEvents())
 */
export function encodeData(coding: Coding, { cache = 0 }: EncodeDataOptions = {}): MonoTypeOperatorFunction<Ticket> {
  return (tickets) =>
    defer(() => {
      const latents = cache > 0 ? new LatentCache(cache * MEGABYTE) : undefined;
      return tickets.pipe(map((ticket) => new EncodedTicket(ticket, coding, latents)));
    });
}
