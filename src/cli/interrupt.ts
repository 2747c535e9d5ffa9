import { fromEvent, merge, take, tap, type Observable } from 'rxjs';
import type { Output } from './output.js';

/**
 * Ctrl-C (or SIGTERM), once. While someone listens the process does not die of it; when nobody listens any more, a
 * second one ends the process as usual.
 */
export function interrupts(output: Output, says: string): Observable<unknown> {
  return merge(fromEvent(process, 'SIGINT'), fromEvent(process, 'SIGTERM')).pipe(
    take(1),
    tap(() => output.status(`\n${says}\n`)),
  );
}
