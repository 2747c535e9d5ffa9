import { map, type OperatorFunction } from 'rxjs';
import { addNoiseToBatch, type NoisyBatch, type NoisingParts } from '../../core/training/noisy-batch.js';
import type { Ticket } from './encode-data.js';

/** A batch that will be noised when it is loaded. */
export class NoisyTicket {
  readonly #ticket: Ticket;
  readonly #noising: NoisingParts;

  constructor(ticket: Ticket, noising: NoisingParts) {
    this.#ticket = ticket;
    this.#noising = noising;
  }

  get position(): number {
    return this.#ticket.position;
  }

  get epoch(): number {
    return this.#ticket.epoch;
  }

  /** Loads the batch and draws its noise levels and noise. */
  async load(): Promise<NoisyBatch> {
    return addNoiseToBatch(await this.#ticket.load(), this.#ticket.position, this.#noising);
  }
}

/**
 * Noises batches: each sample gets a level from the timestep sampler and noise of its own, all keyed by
 * (seed, position, sample), so that a resumed run draws what an uninterrupted one draws.
 */
export function addNoise(noising: NoisingParts): OperatorFunction<Ticket, NoisyTicket> {
  return map((ticket) => new NoisyTicket(ticket, noising));
}
