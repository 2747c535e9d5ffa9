import { z } from 'zod';
import { concatMap, finalize, Observable, type OperatorFunction } from 'rxjs';
import { runLoop } from '../../core/loop/run-loop.js';
import type { SampleEvent } from '../../core/loop/sample-events.js';
import { MOST, whole } from '../../core/assembly/config-numbers.js';
import { readRequest } from '../../core/requests/read-request.js';
import { goTogether, mayShare } from './joined-start.js';
import { runJoined, type Asked, type Joining } from './joined-run.js';
import { conditionSetting } from '../../core/sampling/conditions/condition-setting.js';
import { encodeConditions } from '../../core/sampling/conditions/encode-conditions.js';
import { ownBatch } from '../../core/sampling/run/batch-sharing.js';
import { checkRun } from '../../core/sampling/run/open-reverse-run.js';
import { ReverseRun } from '../../core/sampling/run/reverse-run.js';
import { reverseRun } from './reverse.js';
import { disposeConditions, formOf } from '../../core/sampling/conditions/run-conditions.js';
import { guardedParts } from '../../core/assembly/guarded.js';
import type { ReverseParts } from '../../core/sampling/reverse-parts.js';
import type { StartingPoint } from '../../core/sampling/start/starting-point.js';

/** How runs that begin together are computed as one batch. */
export interface Batching {
  /** Most samples of a joined batch; 1 joins none. 32 where absent. */
  readonly max?: number;
  /** Milliseconds that a run waits for others to join it; 0 where absent: it joins those that begin in the same turn. */
  readonly delay?: number;
}

/** Most numbers of a joined batch: 32 samples of 64x64. Larger samples keep an engine busy one by one. */
const MOST_NUMBERS = 2 ** 17;

const limits = z.strictObject({
  max: whole(MOST.batch).default(32),
  delay: z.number().min(0).max(60_000).default(0),
});

/**
 * As `reverse`, and runs that begin together are computed as one batch, also those of several subscriptions to this one
 * operator: those of the same steps, clipping and weights. Each has its own events and result, equal to those that it has
 * alone up to rounding. Runs with `live` or `swap$`, and runs of adaptive samplers, stay alone.
 *
 * @example
 * const reversed = batchedReverse(parts);
 * const run = (seed: number) => of({ steps: 50, seed }).pipe(startingNoise(parts), reversed, results());
 * merge(run(1), run(2), run(3))
 *
 * @throws DiffusionError `RXD_REQUEST_INVALID` for a `max` or `delay` that cannot be
 */
export function batchedReverse(
  parts: ReverseParts,
  batching: Batching = {},
): OperatorFunction<StartingPoint, SampleEvent> {
  const gathering = new Gathering(guardedParts(parts), batchLimits(batching));
  return concatMap((start) => (mayShare(parts, start) ? gathering.joined(start) : reverseRun(parts, start)));
}

/** The limits of batching, with what was left out; `false` joins none. Throws `RXD_REQUEST_INVALID`. */
export function batchLimits(batching: Batching | false = {}): Required<Batching> {
  return readRequest(batching === false ? { max: 1 } : batching, limits, '`batching`');
}

/** Gathers runs that begin together. */
class Gathering {
  readonly #parts: ReverseParts;
  readonly #batching: Required<Batching>;
  #waiting: Asked[] = [];

  constructor(parts: ReverseParts, batching: Required<Batching>) {
    this.#parts = parts;
    this.#batching = batching;
  }

  joined(start: StartingPoint): Observable<SampleEvent> {
    if (this.#batching.max === 1) return reverseRun(this.#parts, start);
    return new Observable((subscriber) => {
      this.#waiting.push({ start, subscriber });
      if (this.#waiting.length === 1) void this.#begin();
    });
  }

  /** Begins what has gathered while the engine got ready. */
  async #begin(): Promise<void> {
    let failure: { readonly error: unknown } | undefined;
    try {
      const { delay } = this.#batching;
      if (delay > 0) await new Promise((resolve) => void setTimeout(resolve, delay));
      await this.#parts.engine.start();
    } catch (error) {
      failure = { error };
    }
    const asked = this.#waiting.splice(0).filter(({ subscriber }) => !subscriber.closed);
    if (failure) for (const { subscriber } of asked) subscriber.error(failure.error);
    else await Promise.all(groupsOf(asked, this.#batching.max).map((group) => this.#beginGroup(group)));
  }

  async #beginGroup(group: readonly Asked[]): Promise<void> {
    const [only] = group;
    if (group.length === 1 && only) return void reverseRun(this.#parts, only.start).subscribe(only.subscriber);
    const encoded = (await Promise.all(group.map((asked) => this.#encoded(asked)))).flat();
    const open = encoded.filter(({ subscriber }) => !subscriber.closed);
    for (const { subscriber, conditions } of encoded) if (subscriber.closed) disposeConditions(conditions);
    for (const joining of ofOneForm(open)) {
      const [first, ...others] = joining;
      if (first && others.length > 0) runJoined(this.#parts, [first, ...others]);
      else if (first) this.#alone(first);
    }
  }

  #alone({ start, subscriber, conditions }: Joining): void {
    runLoop(() => {
      try {
        checkRun(this.#parts, start);
        return new ReverseRun(this.#parts, start, ownBatch(conditions));
      } catch (error) {
        disposeConditions(conditions);
        throw error;
      }
    })
      // Once more, for a run that ends before it is opened.
      .pipe(finalize(() => disposeConditions(conditions)))
      .subscribe(subscriber);
  }

  /** A run with its conditions. One whose condition is refused fails here, and not those that would share its batch. */
  async #encoded(asked: Asked): Promise<readonly Joining[]> {
    const { start, subscriber } = asked;
    const setting = conditionSetting(this.#parts, start, () => subscriber.closed);
    try {
      return [{ ...asked, conditions: await encodeConditions(this.#parts, start.request, setting) }];
    } catch (error) {
      subscriber.error(error);
      return [];
    }
  }
}

/** Runs whose conditions fit into one batch, together. */
function ofOneForm(encoded: readonly Joining[]): readonly (readonly Joining[])[] {
  const forms = [...new Set(encoded.map(({ conditions }) => formOf(conditions)))];
  return forms.map((form) => encoded.filter(({ conditions }) => formOf(conditions) === form));
}

/** Those that go together, in the order in which they came; what is too much for one batch begins another. */
function groupsOf(asked: readonly Asked[], most: number): readonly (readonly Asked[])[] {
  const groups: Asked[][] = [];
  for (const one of asked) {
    const group = groups.find((others) => hasRoom(others, one.start, most));
    if (group) group.push(one);
    else groups.push([one]);
  }
  return groups;
}

function hasRoom(group: readonly Asked[], start: StartingPoint, most: number): boolean {
  const all = [...group.map((asked) => asked.start), start];
  const samples = all.reduce((sum, { seeds }) => sum + seeds.length, 0);
  const numbers = all.reduce((sum, { x }) => sum + x.length, 0);
  return samples <= most && numbers <= MOST_NUMBERS && goTogether(all[0] as StartingPoint, start);
}
