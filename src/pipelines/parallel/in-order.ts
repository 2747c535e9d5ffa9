import { AsyncSubject, concatAll, map, Observable, Subscription, type OperatorFunction } from 'rxjs';

/**
 * The last value of each inner observable, in the order of the source: all are subscribed to at once, results wait for
 * their turn. An inner error comes at its turn, and cancels the rest.
 */
export function inOrder<T, R>(project: (value: T) => Observable<R>): OperatorFunction<T, R> {
  return (source) =>
    new Observable((subscriber) => {
      const running = new Subscription();
      const begun = (value: T): Observable<R> => {
        const result = new AsyncSubject<R>();
        running.add(project(value).subscribe(result));
        return result;
      };
      running.add(source.pipe(map(begun), concatAll()).subscribe(subscriber));
      return running;
    });
}
