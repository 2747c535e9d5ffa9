import { TestScheduler } from 'rxjs/testing';
import { expect } from 'vitest';

/** Runs work in virtual time: one frame for each character of a marble diagram. */
export const scheduled = (work: Parameters<TestScheduler['run']>[0]): void =>
  void new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(work);
