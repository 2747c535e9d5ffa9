import type { Tensor } from '@tensorflow/tfjs';
import { DiffusionError } from '../errors/diffusion-error.js';
import { cloned } from '../tensors/cloned.js';

/** A tensor lent to subscribers: a clone of its own, made when first asked for, that ends with the event. */
export class Loan {
  readonly #lender: string;
  readonly #what: string;
  #owner: Tensor | undefined;
  #clone: Tensor | undefined;

  /**
   * @param owner - the run's own tensor
   * @param what - field of the event, for the error: `x`
   * @param lender - the event, for the error: `step 3 of 50`
   */
  constructor(owner: Tensor, what: string, lender: string) {
    this.#owner = owner;
    this.#what = what;
    this.#lender = lender;
  }

  /** The lent tensor. Throws `RXD_LOAN_EXPIRED` after the event. */
  get tensor(): Tensor {
    if (this.#owner === undefined) throw expired(this.#what, this.#lender);
    // A subscriber that disposes of it, which it must not, leaves a new one to the next.
    if (this.#clone === undefined || this.#clone.isDisposed) this.#clone = cloned(this.#owner);
    return this.#clone;
  }

  /** Ends the loan: a kept reference fails clearly from now on. */
  expire(): void {
    this.#owner = undefined;
    const clone = this.#clone;
    if (clone === undefined) return;
    this.#clone = undefined;
    clone.dispose();
    const error = (): never => {
      throw expired(this.#what, this.#lender);
    };
    Object.defineProperty(clone, 'dataId', { get: error });
    Object.defineProperty(clone, 'throwIfDisposed', { value: error });
  }
}

function expired(what: string, lender: string): DiffusionError {
  return new DiffusionError('RXD_LOAN_EXPIRED', {
    problem: `the tensor \`${what}\` of ${lender} was used after its event`,
    got: 'a lent tensor whose event is over',
    expected: 'use while `next` runs',
    fix: 'clone() it inside `next` and dispose of the clone yourself, or map the event to plain data with pixels() or preview() first',
  });
}
