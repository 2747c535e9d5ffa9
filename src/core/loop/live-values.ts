import type { Observable, Subscription } from 'rxjs';
import type { LiveValues } from '../contracts/guidance.js';
import { DiffusionError } from '../errors/diffusion-error.js';
import { formatValue, kindOf, messageOf } from '../errors/format-value.js';
import { readGiven, stopListening } from '../errors/given.js';
import { didYouMean } from '../assembly/nearest-name.js';

/** Live parameters of a request: `{ 'guidance.scale': scale$ }`. */
export type LiveParameters = Readonly<Record<string, Observable<unknown>>>;

/** Which live keys the parts of a run declare, with the check of each value: `{ 'guidance.scale': isNumber }`. */
export type LiveKeys = Readonly<Record<string, (value: unknown) => boolean>>;

/** Keeps the latest value of each live parameter; the run reads them once a step. */
export class LatestLiveValues {
  #values: LiveValues = Object.freeze({});
  #failure: { readonly error: unknown } | undefined;
  readonly #subscriptions: readonly (readonly [key: string, subscription: Subscription])[];

  /** @param known - the keys that the run's parts declare; another key is `RXD_REQUEST_INVALID` */
  constructor(parameters: LiveParameters, known: LiveKeys) {
    for (const key of Object.keys(parameters))
      if (!Object.hasOwn(known, key)) throw unknownKey(key, Object.keys(known));
    this.#subscriptions = Object.entries(parameters).map(([key, value$]) => [
      key,
      readGiven(`the live parameter \`${key}\` failed`, () =>
        value$.subscribe({
          next: (value) => this.#accept(key, value, known),
          error: (cause: unknown) => (this.#failure = { error: streamFailed(key, cause) }),
        }),
      ),
    ]);
  }

  /** The latest values. Throws what a live stream failed with. */
  read(): LiveValues {
    if (this.#failure) throw this.#failure.error;
    return this.#values;
  }

  stop(): void {
    for (const [key, subscription] of this.#subscriptions) stopListening(`the live parameter \`${key}\``, subscription);
  }

  #accept(key: string, value: unknown, known: LiveKeys): void {
    try {
      if (known[key]?.(value)) this.#values = Object.freeze({ ...this.#values, [key]: value });
      else this.#failure = { error: refused(key, value) };
    } catch (error) {
      // The check is a plugin's: what it throws must not go to whoever gave the value.
      this.#failure = { error };
    }
  }
}

/** The values of one role, under their own names: `guidance.scale` becomes `scale`. */
export function liveOf(role: string, values: LiveValues): LiveValues {
  const prefix = `${role}.`;
  const own = Object.entries(values).filter(([key]) => key.startsWith(prefix));
  return Object.fromEntries(own.map(([key, value]) => [key.slice(prefix.length), value]));
}

function unknownKey(key: string, known: readonly string[]): DiffusionError {
  return new DiffusionError('RXD_REQUEST_INVALID', {
    problem: `\`${key}\` cannot be live in this pipeline`,
    got: key,
    expected: known.length > 0 ? `one of ${known.join(', ')}` : 'no live parameters: no part of this run declares any',
    fix: `${didYouMean(key, known)}name a key that a plugin of this pipeline declares as live, for example \`guidance.scale\` with guidance cfg`,
  });
}

function streamFailed(key: string, cause: unknown): DiffusionError {
  return new DiffusionError('RXD_REQUEST_INVALID', {
    problem: `the Observable of the live parameter \`${key}\` failed: ${messageOf(cause)}`,
    got: kindOf(cause),
    expected: 'values, and no error during the run',
    fix: 'catch the error in the Observable (catchError), or look at `cause`',
    cause,
  });
}

function refused(key: string, value: unknown): DiffusionError {
  return new DiffusionError('RXD_REQUEST_INVALID', {
    problem: `the live parameter \`${key}\` got a value that its plugin refuses`,
    got: formatValue(value),
    fix: 'emit only values that the plugin’s config accepts',
  });
}
