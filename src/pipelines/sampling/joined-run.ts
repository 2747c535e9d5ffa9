import { finalize, type Subscriber } from 'rxjs';
import type { SampleEvent } from '../../core/loop/sample-events.js';
import { runIdOf } from '../../core/loop/run-id.js';
import { runLoop } from '../../core/loop/run-loop.js';
import { groupedSpace } from '../../core/tensors/tensor-space.js';
import type { BatchSharing, Explain } from '../../core/sampling/run/batch-sharing.js';
import { emitShares, type Share } from './event-shares.js';
import { joinedStart } from './joined-start.js';
import {
  disposeConditions,
  joinedConditions,
  type RunConditions,
} from '../../core/sampling/conditions/run-conditions.js';
import type { ReverseParts } from '../../core/sampling/reverse-parts.js';
import { checkRun } from '../../core/sampling/run/open-reverse-run.js';
import { ReverseRun } from '../../core/sampling/run/reverse-run.js';
import type { StartingPoint } from '../../core/sampling/start/starting-point.js';

/** A run that was asked for, and whoever asked. */
export interface Asked {
  readonly start: StartingPoint;
  readonly subscriber: Subscriber<SampleEvent>;
}

/** One with its conditions encoded, which it owns. */
export interface Joining extends Asked {
  readonly conditions: RunConditions;
}

const release = ({ conditions }: Joining): void => disposeConditions(conditions);

/**
 * Computes several runs as one batch and tells each its own events. One that is cancelled, or whose samples are no longer
 * finite, leaves: its samples are computed to the end, so that nothing is compiled anew, and nobody sees them. When the
 * last one has left, the run ends. An error of the run is one of each.
 */
export function runJoined(parts: ReverseParts, joining: readonly [Joining, ...Joining[]]): void {
  const [first, ...others] = joining;
  const start = joinedStart([first.start, ...others.map((other) => other.start)]);
  const shares = sharesOf(joining);
  const open = (): readonly Share[] => shares.filter((share) => !share.subscriber.closed);
  const sharing = joinedBatch(shares, joining);
  const opened = (): ReverseRun => {
    try {
      checkRun(parts, start);
      return new ReverseRun(parts, start, sharing);
    } finally {
      joining.forEach(release);
    }
  };
  // Once more, for a run that ends before it is opened.
  const running = runLoop(opened)
    .pipe(finalize(() => joining.forEach(release)))
    .subscribe({
      next: (event) => emitShares(event, shares, parts.engine),
      error: (error: unknown) => open().forEach(({ subscriber }) => subscriber.error(error)),
      complete: () => open().forEach(({ subscriber }) => subscriber.complete()),
    });
  const leave = (): void => {
    if (open().length === 0) running.unsubscribe();
  };
  for (const { subscriber } of shares) subscriber.add(leave);
}

function sharesOf(joining: readonly Joining[]): readonly Share[] {
  let next = 0;
  return joining.map(({ start: { request, seeds, keptPixels }, subscriber }) => {
    const first = next;
    next += seeds.length;
    return { run: runIdOf(request.run), seeds, first, keptPixels, subscriber };
  });
}

function joinedBatch(shares: readonly Share[], joining: readonly Joining[]): BatchSharing {
  return {
    space: groupedSpace(shares.map(({ seeds }) => seeds.length)),
    conditions: () => joinedConditions(joining.map(({ conditions }) => conditions)),
    lose: async (samples, explain) => {
      for (const share of shares) await loseOf(share, samples, explain);
    },
  };
}

/** Fails whoever asked for one of the samples. */
async function loseOf(
  { first, seeds, subscriber }: Share,
  samples: readonly number[],
  explain: Explain,
): Promise<void> {
  const own = samples.filter((sample) => sample >= first && sample < first + seeds.length);
  if (own.length > 0 && !subscriber.closed) subscriber.error(await explain(own));
}
