import { Observable, takeUntil, type MonoTypeOperatorFunction } from 'rxjs';
import { DiffusionError } from '../core/errors/diffusion-error.js';
import type { Assembly } from '../core/assembly/assembly.js';

/** Ends a run with `RXD_ASSEMBLY_DISPOSED` when its pipeline is disposed of, before the plugins that it uses are freed. */
export function untilDisposed<T>(assembly: Assembly): MonoTypeOperatorFunction<T> {
  const disposed$ = new Observable<never>((subscriber) =>
    assembly.onDispose(() => subscriber.error(disposedDuringRun())),
  );
  return takeUntil(disposed$);
}

function disposedDuringRun(): DiffusionError {
  return new DiffusionError('RXD_ASSEMBLY_DISPOSED', {
    problem: 'the pipeline was disposed of while this run was on',
    got: 'a call of `dispose()`, or the end of the block of an `await using` declaration',
    expected: 'a pipeline that lives until its last run has ended',
    fix: 'wait for the run first: `await run$.forEach(…)` or `await lastValueFrom(run$)` instead of `run$.subscribe(…)`',
  });
}
