import type { Observable, Subscription } from 'rxjs';
import type { Denoiser, ParametersBySlot, ParameterSet } from '../../core/contracts/denoiser.js';
import { readGiven, stopListening } from '../../core/errors/given.js';
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
} from '../../core/training/network-fit.js';
import { fitFromData, type FitData, type ReadableFit } from '../../core/training/fit-data.js';
import { stillParameters, trainedParameters } from '../../core/training/trained-slots.js';
import { Cancellation } from '../../core/loop/cancellation.js';
import { atRunStepLater } from '../../core/errors/blame.js';
import { identityOf } from '../../core/assembly/plugin-identity.js';
import { DiffusionError } from '../../core/errors/diffusion-error.js';
import { checkTrainingMemory } from './training-memory.js';
import { streamFailed } from '../../core/requests/stream-failed.js';
import type { NoisyTicket } from './add-noise.js';

/** What `fit` is made of. */
export interface FitOptions extends FitParts {
  readonly denoiser: Denoiser;
  /** Updates of the whole run. */
  readonly steps: number;
  /** Examples of an update. */
  readonly batchSize: number;
  /** Megabytes that the run may need; 2048 where absent. */
  readonly memoryLimit?: number | undefined;
  /** Bytes of latents that the run keeps beside, by `encodeData`: they count for the limit. */
  readonly cached?: number | undefined;
  /** Identity of the run; a random one where absent. */
  readonly runId?: string | undefined;
  /** Weights by slot to begin with, where they are not the plugins' own. Borrowed. */
  readonly initial?: ParametersBySlot | undefined;
  /** Goes on from here instead of from these weights. */
  readonly resume?: FitData | ReadableFit | undefined;
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
  #stopFailure: { readonly error: unknown } | undefined;
  /** What others wait for with the state in their hands. */
  #holding: Promise<unknown> = Promise.resolve();
  #holders = 0;
  readonly #cancellation = new Cancellation();
  readonly #listening: Subscription | undefined;

  constructor(options: FitOptions) {
    this.#options = options;
    const still = stillParameters(options, { ...options.initial, ...options.kept });
    this.#fit = createFit({ ...options, still });
    this.#run = runIdOf(options.runId);
    this.#listening = readGiven('`stop$` failed', () =>
      options.stop$?.subscribe({
        next: () => (this.#stopped = true),
        error: (cause: unknown) => (this.#stopFailure = { error: streamFailed('stop$', cause) }),
      }),
    );
  }

  /** Whether no further update is wanted. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** Starts the engine and makes the first state, fresh or resumed. */
  async open(): Promise<TrainingMoment> {
    const { resume, batchSize } = this.#options;
    const own = trainedParameters(this.#options, this.#options.initial);
    checkTrainingMemory(this.#options);
    await this.#fit.engine.start();
    if (!this.#closed) {
      const state = resume ? await this.#resumed(own, resume) : initFit(this.#fit, own);
      if (this.#closed) disposeFit(state);
      else this.#state = state;
    }
    const parameters = Object.values(own).reduce((sum, { size }) => sum + size, 0);
    return this.#moment({ kind: 'start', ...this.#progress(), batchSize, parameters });
  }

  async #resumed(own: ParameterSet, from: FitData | ReadableFit): Promise<FitState> {
    try {
      return await fitFromData(this.#fit, own, from);
    } finally {
      if ('close' in from) await from.close?.();
    }
  }

  /** One optimiser update. */
  update(ticket: NoisyTicket): Promise<TrainingMoment> {
    return this.#atStep(async () => {
      await this.#cancellation.race(this.#settled());
      await timeSlice();
      if (this.#stopFailure) throw this.#stopFailure.error;
      const batch = await this.#cancellation.race(ticket.load());
      const { state, ...numbers } = await advance(this.#fit, this.#now, batch, this.#cancellation);
      this.#state = state;
      const { batchSize } = this.#options;
      const event = { kind: 'step', ...this.#progress(), epoch: ticket.epoch, batchSize, ...numbers } as const;
      return this.#moment(event);
    });
  }

  end(): Promise<TrainingMoment> {
    return this.#atStep(async () => {
      await this.#cancellation.race(this.#settled());
      await checkLastWeights(this.#fit, this.#now);
      return this.#moment({ kind: 'end', ...this.#progress() });
    });
  }

  /** Waits until nobody has the last state in their hands. */
  left(): Promise<void> {
    return this.#cancellation.race(this.#settled());
  }

  /** Frees the state, as soon as an update in flight and what others wait for have come back. Idempotent. */
  close(): void {
    this.#closed = true;
    stopListening('`stop$`', this.#listening);
    this.#cancellation.cancel();
    if (!this.#busy) this.#releaseWhenLeft();
  }

  /** Work that needs the state: `close` leaves it alone until the work has come back. */
  async #working(work: () => Promise<TrainingMoment>): Promise<TrainingMoment> {
    this.#busy = true;
    try {
      return await work();
    } finally {
      this.#busy = false;
      if (this.#closed) this.#releaseWhenLeft();
    }
  }

  /** As `#working`; what goes wrong names the step. */
  #atStep(work: () => Promise<TrainingMoment>): Promise<TrainingMoment> {
    return atRunStepLater(this.#state?.step, identityOf(this.#fit.engine, 'engine'), () => this.#working(work));
  }

  get #now(): FitState {
    if (this.#state !== undefined && !this.#closed) return this.#state;
    throw new DiffusionError('RXD_ABORTED', { problem: 'the training run is closed', fix: 'subscribe again' });
  }

  #moment(event: TrainEvent): TrainingMoment {
    const waitUntil = (work: Promise<unknown>): void => {
      const left = (): void => void this.#holders--;
      this.#holders++;
      this.#awaited.push(work.then(left, left));
    };
    return { event: Object.freeze(event), fit: this.#fit, state: this.#now, waitUntil };
  }

  /** Failures are reported by whoever asked to wait. */
  async #settled(): Promise<void> {
    if (this.#awaited.length > 0) this.#holding = Promise.allSettled([this.#holding, ...this.#awaited.splice(0)]);
    await this.#holding;
  }

  /** Frees the state: at once where nobody has it, else when its holders have settled or are given up. */
  #releaseWhenLeft(): void {
    if (this.#awaited.length === 0 && this.#holders === 0) this.#release();
    else {
      const release = (): void => this.#release();
      void this.#cancellation.race(this.#settled()).then(release, release);
    }
  }

  #progress(): Pick<TrainEvent, 'run' | 'step' | 'steps'> {
    return { run: this.#run, step: this.#now.step, steps: this.#options.steps };
  }

  #release(): void {
    if (this.#state !== undefined) disposeFit(this.#state);
    this.#state = undefined;
  }
}
