import type { Tensor } from '@tensorflow/tfjs';
import { Loan, type Lent } from './loan.js';
import type { SampleEnd, SampleEvent, SampleStart, SampleStep } from './sample-events.js';

type Fields<E extends SampleEvent> = Omit<E, 'x' | 'denoised'>;

/** Lends tensors to one event for as long as `next` runs. */
abstract class LentEvent {
  readonly #x: Loan;

  constructor(x: Lent, lender: string) {
    this.#x = new Loan(x, 'x', lender);
  }

  get x(): Tensor {
    return this.#x.tensor;
  }

  expire(): void {
    this.#x.expire();
  }
}

class LentStart extends LentEvent {
  readonly kind = 'start';
}

class LentStep extends LentEvent {
  readonly kind = 'step';
  readonly #denoised: Loan;

  constructor(x: Lent, denoised: Lent, lender: string) {
    super(x, lender);
    this.#denoised = new Loan(denoised, 'denoised', lender);
  }

  get denoised(): Tensor {
    return this.#denoised.tensor;
  }

  override expire(): void {
    super.expire();
    this.#denoised.expire();
  }
}

class LentEnd extends LentEvent {
  readonly kind = 'end';
}

type Emit = (event: SampleEvent) => void;

/** Emits the start of a run; what it lends expires when all subscribers have had it. */
export function emitStart(emit: Emit, fields: Fields<SampleStart>, x: Lent): void {
  emitLent(emit, Object.assign(new LentStart(x, 'the start event'), fields));
}

/** Emits a step. */
export function emitStep(emit: Emit, fields: Fields<SampleStep>, x: Lent, denoised: Lent): void {
  const event = new LentStep(x, denoised, `step ${fields.index} of ${fields.count}`);
  emitLent(emit, Object.assign(event, fields));
}

/** Emits the end of a run. */
export function emitEnd(emit: Emit, fields: Fields<SampleEnd>, x: Lent): void {
  emitLent(emit, Object.assign(new LentEnd(x, 'the end event'), fields));
}

function emitLent(emit: Emit, event: SampleEvent & LentEvent): void {
  try {
    emit(Object.freeze(event));
  } finally {
    event.expire();
  }
}
