import type { Tensor } from '@tensorflow/tfjs';
import type { LiveValues } from '../contracts/guidance.js';
import type { NoiseLevel } from '../contracts/noise-level.js';
import { Loan, type Lent } from './loan.js';
import type { SampleEnd, SampleEvent, SampleStart, SampleStep } from './sample-events.js';

type Fields<E extends SampleEvent> = Omit<E, 'x' | 'denoised' | 'kind'>;

/** Lends tensors to one event for as long as `next` runs. Fields are set one by one: a run makes one of these a step. */
abstract class LentEvent {
  readonly run: string;
  readonly batch: number;
  readonly count: number;
  readonly nfe: number;
  readonly totalNfe: number;
  readonly #x: Loan;
  readonly #decode: SampleEvent['decode'];

  constructor({ run, batch, count, nfe, totalNfe, decode }: Fields<SampleEnd>, x: Lent, lender: () => string) {
    this.run = run;
    this.batch = batch;
    this.count = count;
    this.nfe = nfe;
    this.totalNfe = totalNfe;
    this.#decode = decode;
    this.#x = new Loan(x, 'x', lender);
  }

  get x(): Tensor {
    return this.#x.tensor;
  }

  /** No field of its own: what is copied of an event is plain data. */
  get decode(): SampleEvent['decode'] {
    return this.#decode;
  }

  expire(): void {
    this.#x.expire();
  }
}

class LentStart extends LentEvent {
  readonly kind = 'start';
  readonly seeds: readonly number[];
  readonly levels: readonly NoiseLevel[];

  constructor(fields: Fields<SampleStart>, x: Lent) {
    super(fields, x, () => 'the start event');
    this.seeds = fields.seeds;
    this.levels = fields.levels;
  }
}

class LentStep extends LentEvent {
  readonly kind = 'step';
  readonly index: number;
  readonly from: NoiseLevel;
  readonly to: NoiseLevel;
  readonly live: LiveValues;
  readonly #denoised: Loan;

  constructor(fields: Fields<SampleStep>, x: Lent, denoised: Lent) {
    const lender = (): string => `step ${fields.index} of ${fields.count}`;
    super(fields, x, lender);
    this.index = fields.index;
    this.from = fields.from;
    this.to = fields.to;
    this.live = fields.live;
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
  emitLent(emit, new LentStart(fields, x));
}

/** Emits a step. */
export function emitStep(emit: Emit, fields: Fields<SampleStep>, x: Lent, denoised: Lent): void {
  emitLent(emit, new LentStep(fields, x, denoised));
}

/** Emits the end of a run. */
export function emitEnd(emit: Emit, fields: Fields<SampleEnd>, x: Lent): void {
  emitLent(emit, new LentEnd(fields, x, () => 'the end event'));
}

function emitLent(emit: Emit, event: SampleEvent & LentEvent): void {
  try {
    emit(Object.freeze(event));
  } finally {
    event.expire();
  }
}
