import type { Tensor } from '@tensorflow/tfjs';
import { DiffusionError } from '../errors/diffusion-error.js';
import { cloned } from '../tensors/cloned.js';

/** What is lent: a clone of a tensor, or what is made for it. */
export type Lent = Tensor | (() => Tensor);

/** A tensor lent to subscribers: made when first asked for, it ends with the event. */
export class Loan {
  readonly #lender: () => string;
  readonly #what: string;
  #lend: Lent | undefined;
  #lent: Tensor | undefined;

  /**
   * @param owned - the run's own tensor; or what makes one to lend, which is not called after the event
   * @param what - field of the event, for the error: `x`
   * @param lender - names the event, for the error: `step 3 of 50`
   */
  constructor(owned: Lent, what: string, lender: () => string) {
    this.#lend = owned;
    this.#what = what;
    this.#lender = lender;
  }

  /** The lent tensor. Throws `RXD_LOAN_EXPIRED` after the event. */
  get tensor(): Tensor {
    const lend = this.#lend;
    if (lend === undefined) throw expired(this.#what, this.#lender());
    // A subscriber that disposes of it, which it must not, leaves a new one to the next.
    if (this.#lent === undefined || this.#lent.isDisposed)
      this.#lent = typeof lend === 'function' ? lend() : cloned(lend);
    return this.#lent;
  }

  /** Ends the loan: a kept reference fails clearly from now on. */
  expire(): void {
    this.#lend = undefined;
    const lent = this.#lent;
    if (lent === undefined) return;
    this.#lent = undefined;
    lent.dispose();
    const error = (): never => {
      throw expired(this.#what, this.#lender());
    };
    Object.defineProperty(lent, 'dataId', { get: error });
    Object.defineProperty(lent, 'throwIfDisposed', { value: error });
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
