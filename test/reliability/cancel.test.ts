import { take, type Observable } from 'rxjs';
import { expect, it } from 'vitest';
import type { Denoiser } from '../../src/core/contracts/denoiser.js';
import { macrotask } from '../../src/core/loop/macrotask.js';
import type { SampleEvent } from '../../src/core/loop/sample-events.js';
import type { Run } from '../../src/core/loop/run-loop.js';
import { runLoop } from '../../src/core/loop/run-loop.js';
import { samplingParts } from '../../src/pipelines/sample-function.js';
import { openReverseRun } from '../../src/core/sampling/run/open-reverse-run.js';
import { startingPoint } from '../../src/core/sampling/start/starting-point.js';
import { times } from '../effort.js';
import { figure } from '../figure.js';
import { liveTensors } from '../leak-guard.js';
import { dice, tinyPipeline } from './tiny-pipeline.js';

const UNSUBSCRIBES = times(250, 1000);
const INSIDE = times(50, 200);

type SamplingParts = ReturnType<typeof samplingParts>;

/** What a run did, seen from outside. */
interface Seen {
  calls: number;
  opened: number;
  teardowns: number;
}

function counting(denoiser: Denoiser, seen: Seen): Denoiser {
  return {
    ...denoiser,
    predict: (...call) => {
      seen.calls++;
      return denoiser.predict(...call);
    },
  };
}

/** The run that `reverse` makes, its teardown counted. */
function watched(parts: SamplingParts, steps: number, seed: number, seen: Seen): Observable<SampleEvent> {
  const counted = { ...parts, denoiser: counting(parts.denoiser, seen) };
  const start = startingPoint({ steps, seed, condition: 0 }, parts);
  return runLoop(async () => {
    await parts.engine.start();
    seen.opened++;
    const run: Run<SampleEvent> = await openReverseRun(counted, start);
    return {
      get more() {
        return run.more;
      },
      start: (emit) => run.start(emit),
      step: (emit) => run.step(emit),
      end: (emit) => run.end(emit),
      dispose: () => {
        seen.teardowns++;
        run.dispose();
      },
    };
  });
}

it('makes at most one more network call after each unsubscribe, and tears down once', async () => {
  await using pipeline = await tinyPipeline({ sampler: 'heun' });
  const parts = samplingParts(pipeline.assembly);
  const random = dice('cancel');
  const before = liveTensors();
  let [mostLate, inMidRun, beforeAnyCall] = [0, 0, 0];

  for (let run = 0; run < UNSUBSCRIBES; run++) {
    const seen: Seen = { calls: 0, opened: 0, teardowns: 0 };
    const steps = random(3, 8);
    const complete = 2 * steps - 1;
    const subscription = watched(parts, steps, run, seen).subscribe();
    const turns = random(0, 8 * steps);
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    subscription.unsubscribe();
    const atCancel = seen.calls;
    await macrotask();
    mostLate = Math.max(mostLate, seen.calls - atCancel);
    inMidRun += atCancel > 0 && atCancel < complete ? 1 : 0;
    beforeAnyCall += atCancel === 0 ? 1 : 0;
    // Also where the engine was still starting: the run that then opens is torn down at once. An earlier end opens none.
    expect(seen.teardowns).toBe(seen.opened);
    expect(atCancel === 0 || seen.opened === 1).toBe(true);
    expect(liveTensors()).toBe(before);
  }

  expect(mostLate).toBeLessThanOrEqual(1);
  expect(inMidRun).toBeGreaterThan(0.3 * UNSUBSCRIBES);
  expect(beforeAnyCall).toBeGreaterThan(0.01 * UNSUBSCRIBES);
  figure(
    'R13',
    `${UNSUBSCRIBES} unsubscribes, ${inMidRun} in mid-run: at most ${mostLate} more network call, each torn down once`,
  );
});

it('makes no further network call after an unsubscribe inside `next`', async () => {
  await using pipeline = await tinyPipeline();
  const parts = samplingParts(pipeline.assembly);
  const random = dice('cancel/inside');
  for (let run = 0; run < INSIDE; run++) {
    const seen: Seen = { calls: 0, opened: 0, teardowns: 0 };
    const steps = random(2, 8);
    const events = random(1, steps + 1);
    await new Promise<void>((complete) => watched(parts, steps, run, seen).pipe(take(events)).subscribe({ complete }));
    await macrotask();
    // The first event comes before the first call, and each step makes one.
    expect(seen).toEqual({ calls: events - 1, opened: 1, teardowns: 1 });
  }
  figure('R13', `${INSIDE} unsubscribes inside \`next\`: no more network call, each torn down once`);
});

it.each(['completion', 'an error'])('tears down once at %s', async (ending) => {
  await using pipeline = await tinyPipeline();
  const parts = samplingParts(pipeline.assembly);
  const seen: Seen = { calls: 0, opened: 0, teardowns: 0 };
  const predict: Denoiser['predict'] = () => {
    throw new Error('broken on purpose');
  };
  const broken = ending === 'an error' ? { ...parts, denoiser: { ...parts.denoiser, predict } } : parts;
  const outcome = await new Promise((resolve) => {
    watched(broken, 3, 0, seen).subscribe({ error: () => resolve('an error'), complete: () => resolve('completion') });
  });
  await macrotask();
  expect(outcome).toBe(ending);
  expect(seen.teardowns).toBe(1);
});
