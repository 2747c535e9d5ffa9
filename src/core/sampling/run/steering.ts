import { LatestLiveValues, type LiveKeys } from '../../loop/live-values.js';
import type { ReverseParts } from '../reverse-parts.js';
import type { StartingPoint } from '../start/starting-point.js';
import { StepConditions } from '../conditions/step-conditions.js';
import type { Observable, Subscription } from 'rxjs';
import { readGiven, stopListening } from '../../errors/given.js';
import { streamFailed } from '../../requests/stream-failed.js';
import { readSwap } from './read-swap.js';
import type { Swap } from '../sample-request.js';

/** Collects the parts that are to replace others, until the next step boundary takes them. */
export class LatestSwap {
  #pending: Swap | undefined;
  #failure: { readonly error: unknown } | undefined;
  readonly #subscription: Subscription | undefined;

  constructor(swap$: Observable<Swap> | undefined) {
    this.#subscription = readGiven('`swap$` failed', () =>
      swap$?.subscribe({
        next: (swap) => this.#accept(swap),
        error: (cause: unknown) => (this.#failure = { error: streamFailed('swap$', cause) }),
      }),
    );
  }

  /** What was asked for since the last call. Throws what the stream failed with. */
  take(): Swap | undefined {
    if (this.#failure) throw this.#failure.error;
    const pending = this.#pending;
    this.#pending = undefined;
    return pending;
  }

  #accept(swap: unknown): void {
    try {
      this.#pending = { ...this.#pending, ...readSwap(swap) };
    } catch (error) {
      this.#failure = { error };
    }
  }

  stop(): void {
    stopListening('`swap$`', this.#subscription);
  }
}

/** The live keys that the parts of a run declare, as `slot.key`, and what the conditioner encodes: it checks that itself. */
function liveKeysOf({ guidance, adapters = {}, conditioner }: ReverseParts): LiveKeys {
  const declared = [
    ['guidance', guidance?.live] as const,
    ...Object.entries(adapters).map(([slot, { live }]) => [slot, live] as const),
  ];
  const asked = conditioner === undefined ? {} : { condition: isSaid, negative: isSaid };
  const ofSlots = declared.flatMap(([slot, live = {}]) =>
    Object.entries(live).map(([key, check]) => [`${slot}.${key}`, check] as const),
  );
  return { ...Object.fromEntries(ofSlots), ...asked };
}

const isSaid = (value: unknown): boolean => value !== undefined;

/** What changes a run while it goes: live values, swaps, and conditions that follow them. */
export class Steering {
  readonly live: LatestLiveValues;
  readonly swap: LatestSwap;
  readonly conditions: StepConditions;

  constructor(parts: ReverseParts, start: StartingPoint) {
    this.live = new LatestLiveValues(start.request.live ?? {}, liveKeysOf(parts));
    this.swap = new LatestSwap(start.request.swap$);
    this.conditions = new StepConditions(parts, start);
  }

  /** Listens to no stream any more. Idempotent. */
  stop(): void {
    this.live.stop();
    this.swap.stop();
  }
}
