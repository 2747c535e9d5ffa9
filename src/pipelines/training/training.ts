import type { Observable, Subscription } from 'rxjs';
import type { Denoiser } from '../../core/contracts/denoiser.js';
import { runIdOf } from '../../core/loop/run-id.js';
import { timeSlice } from '../../core/loop/time-slice.js';
import type { TrainEvent } from '../../core/loop/train-events.js';
import {
  advance,
  checkLastWeights,
  createFit,
  disposeFit,
  initFit,
  type Fit,
  type FitParts,
  type FitState,
} from '../../core/training/fit.js';
import { fitFromData, type FitData } from '../../core/training/fit-data.js';
import { DiffusionError } from '../../core/errors/diffusion-error.js';
import { checkTrainingMemory } from './training-memory.js';
import type { CorruptedTicket } from './corrupt.js';

/** What `fit` is made of. */
export interface FitOptions extends FitParts {
  readonly denoiser: Denoiser;
  /** Updates of the whole run. */
  readonly steps: number;
  /** Examples of an update. */
  readonly batchSize: number;
  /** Megabytes that the run may need; 8192 where absent. */
  readonly memoryLimit?: number | undefined;
  /** Identity of the run; a random one where absent. */
  readonly runId?: string | undefined;
  /** Goes on from here instead of from the denoiser's own weights. */
  readonly resume?: FitData | undefined;
  /** Its first value ends the run well after the update in flight: with its last checkpoint and its `end`. */
  readonly stop$?: Observable<unknown> | undefined;
}

/** A training event with the state of that moment, lent: valid while `next` runs, or until what `waitUntil` got settles. */
export interface TrainingMoment {
  readonly event: TrainEvent;
  readonly fit: Fit;
  readonly state: FitState;
  /** Holds the next update back, and the state alive, until this work is settled. */
  waitUntil(work: Promise<unknown>): void;
}

/** One training run: it owns the state, lends it to moments, and frees it when closed, also with an update in flight. */
export class Training {
  readonly #options: FitOptions;
  readonly #fit: Fit;
  readonly #run: string;
  #state: FitState | undefined;
  #busy = false;
  #awaited: Promise<unknown>[] = [];
  #closed = false;
  #stopped = false;
  readonly #listening: Subscription | undefined;

  constructor(options: FitOptions) {
    this.#options = options;
    this.#fit = createFit(options);
    this.#run = runIdOf(options.runId);
    this.#listening = options.stop$?.subscribe(() => (this.#stopped = true));
  }

  /** Whether no further update is wanted. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** Starts the engine and makes the first state, fresh or resumed. */
  async open(): Promise<TrainingMoment> {
    const { denoiser, resume, batchSize } = this.#options;
    checkTrainingMemory(this.#options);
    await this.#fit.engine.start();
    if (!this.#closed)
      this.#state = resume
        ? fitFromData(this.#fit, denoiser.parameters, resume)
        : initFit(this.#fit, denoiser.parameters);
    const parameters = Object.values(denoiser.parameters).reduce((sum, { size }) => sum + size, 0);
    return this.#moment({ kind: 'start', ...this.#progress(), batchSize, parameters });
  }

  /** One optimiser update. */
  update(ticket: CorruptedTicket): Promise<TrainingMoment> {
    return this.#working(async () => {
      await this.#settled();
      await timeSlice();
      const batch = await ticket.load();
      const { state, ...numbers } = await advance(this.#fit, this.#now, batch);
      this.#state = state;
      const { batchSize } = this.#options;
      const event = { kind: 'step', ...this.#progress(), epoch: ticket.epoch, batchSize, ...numbers } as const;
      return this.#moment(event);
    });
  }

  end(): Promise<TrainingMoment> {
    return this.#working(async () => {
      await this.#settled();
      await checkLastWeights(this.#fit, this.#now);
      return this.#moment({ kind: 'end', ...this.#progress() });
    });
  }

  /** Frees the state, as soon as an update in flight and what others wait for have come back. Idempotent. */
  close(): void {
    this.#closed = true;
    this.#listening?.unsubscribe();
    if (this.#busy) return;
    if (this.#awaited.length === 0) this.#release();
    else void this.#settled().then(() => this.#release());
  }

  /** Work that needs the state: `close` leaves it alone until the work has come back. */
  async #working(work: () => Promise<TrainingMoment>): Promise<TrainingMoment> {
    this.#busy = true;
    try {
      return await work();
    } finally {
      this.#busy = false;
      if (this.#closed) this.#release();
    }
  }

  get #now(): FitState {
    if (this.#state !== undefined && !this.#closed) return this.#state;
    throw new DiffusionError('RXD_ABORTED', { problem: 'the training run is closed', fix: 'subscribe again' });
  }

  #moment(event: TrainEvent): TrainingMoment {
    const waitUntil = (work: Promise<unknown>): void => void this.#awaited.push(work);
    return { event: Object.freeze(event), fit: this.#fit, state: this.#now, waitUntil };
  }

  /** Failures are reported by whoever asked to wait. */
  async #settled(): Promise<void> {
    if (this.#awaited.length > 0) await Promise.allSettled(this.#awaited.splice(0));
  }

  #progress(): Pick<TrainEvent, 'run' | 'step' | 'steps'> {
    return { run: this.#run, step: this.#now.step, steps: this.#options.steps };
  }

  #release(): void {
    if (this.#state !== undefined) disposeFit(this.#state);
    this.#state = undefined;
  }
}
