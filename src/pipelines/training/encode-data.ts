import { map, type MonoTypeOperatorFunction } from 'rxjs';
import { encodedImages, type Coding } from '../../core/codec/coding.js';
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

  constructor(ticket: Ticket, coding: Coding) {
    this.#ticket = ticket;
    this.#coding = guardedParts(coding);
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
      const data = await encodedImages(this.#coding, dataOf(batch).data);
      const shape = [batch.count, ...codec.info.latentShape];
      return { ...batch, columns: { ...batch.columns, data: { kind: 'numbers', data, shape } } };
    } catch (error) {
      throw blame(error, identityOf(codec, 'codec'), this.position);
    }
  }
}

/**
 * Encodes the column `data` of batches, images, to latents: what a network of latents learns. Other columns stay.
 *
 * @example
 * batches(dataset, order).pipe(encodeData({ engine, codec }), addNoise(noising), fit(parts), trainEvents())
 */
export function encodeData(coding: Coding): MonoTypeOperatorFunction<Ticket> {
  return map((ticket) => new EncodedTicket(ticket, coding));
}
