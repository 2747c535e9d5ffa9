import type { Observable, Subscription } from 'rxjs';
import type { LiveValues } from '../contracts/guidance.js';
import { DiffusionError } from '../errors/diffusion-error.js';
import { didYouMean } from '../plugins/nearest-name.js';

/** Live parameters of a request: `{ 'guidance.scale': scale$ }`. */
export type LiveParameters = Readonly<Record<string, Observable<unknown>>>;

/** Which live keys the parts of a run declare, with the check of each value: `{ 'guidance.scale': isNumber }`. */
export type LiveKeys = Readonly<Record<string, (value: unknown) => boolean>>;

/** Keeps the latest value of each live parameter; the run reads them once a step. */
export class LatestLiveValues {
  #values: LiveValues = Object.freeze({});
  #failure: { readonly error: unknown } | undefined;
  readonly #subscriptions: readonly Subscription[];

  /** @param known - the keys that the run's parts declare; another key is `RXD_REQUEST_INVALID` */
  constructor(parameters: LiveParameters, known: LiveKeys) {
    for (const key of Object.keys(parameters))
      if (!Object.hasOwn(known, key)) throw unknownKey(key, Object.keys(known));
    this.#subscriptions = Object.entries(parameters).map(([key, value$]) =>
      value$.subscribe({
        next: (value) => this.#accept(key, value, known),
        error: (error: unknown) => (this.#failure = { error }),
      }),
    );
  }

  /** The latest values. Throws what a live stream failed with. */
  read(): LiveValues {
    if (this.#failure) throw this.#failure.error;
    return this.#values;
  }

  stop(): void {
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
  }

  #accept(key: string, value: unknown, known: LiveKeys): void {
    if (known[key]?.(value)) this.#values = Object.freeze({ ...this.#values, [key]: value });
    else this.#failure = { error: refused(key, value) };
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

function refused(key: string, value: unknown): DiffusionError {
  return new DiffusionError('RXD_REQUEST_INVALID', {
    problem: `the live parameter \`${key}\` got a value that its plugin refuses`,
    got: String(value),
    fix: 'emit only values that the plugin’s config accepts',
  });
}
