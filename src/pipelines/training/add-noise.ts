import { map, type OperatorFunction } from 'rxjs';
import { corruptBatch, type CorruptedBatch, type Corruption } from '../../core/training/noisy-batch.js';
import type { Ticket } from './encode-data.js';

/** A batch that will be noised when it is loaded. */
export class CorruptedTicket {
  readonly #ticket: Ticket;
  readonly #corruption: Corruption;

  constructor(ticket: Ticket, corruption: Corruption) {
    this.#ticket = ticket;
    this.#corruption = corruption;
  }

  get position(): number {
    return this.#ticket.position;
  }

  get epoch(): number {
    return this.#ticket.epoch;
  }

  /** Loads the batch and draws its noise levels and noise. */
  async load(): Promise<CorruptedBatch> {
    return corruptBatch(await this.#ticket.load(), this.#ticket.position, this.#corruption);
  }
}

/**
 * Noises batches: each sample gets a level from the timestep sampler and noise of its own, all keyed by
 * (seed, position, sample), so that a resumed run draws what an uninterrupted one draws.
 */
export function corrupt(corruption: Corruption): OperatorFunction<Ticket, CorruptedTicket> {
  return map((ticket) => new CorruptedTicket(ticket, corruption));
}
