import { expect } from 'vitest';

/** How a matcher ended, as vitest wants it. */
interface Verdict {
  readonly pass: boolean;
  readonly message: () => string;
}

/** vitest's matchers are jasmine's but for these. */
expect.extend({
  // Not Object.is, as vitest has it: 0 and -0 are the same.
  toBe: (actual: unknown, expected: unknown) =>
    verdict(actual === expected || Object.is(actual, expected), `${String(actual)} is not ${String(expected)}`),
  nothing: () => verdict(true, 'nothing was expected'),
  toBeTrue: (actual: unknown) => verdict(actual === true, `${String(actual)} is not true`),
  toBeFalse: (actual: unknown) => verdict(actual === false, `${String(actual)} is not false`),
  toThrowError: (work: () => unknown, ...expected: unknown[]) => thrownAsExpected(thrownBy(work), expected),
});

/** jasmine's `expect`. */
export const expectation = expect;

/** jasmine's `expectAsync`, of which the tests use one matcher. */
export function rejectedExpectation(actual: Promise<unknown>): {
  toBeRejectedWithError(...expected: unknown[]): Promise<void>;
} {
  return {
    toBeRejectedWithError: async (...expected) => {
      const reason: unknown = await actual.then(
        () => undefined,
        (rejected: unknown) => rejected,
      );
      const { pass, message } = thrownAsExpected(reason, expected);
      if (!pass) throw new Error(message());
    },
  };
}

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}

/** An error, of the class and with the message where these are expected: a text in full, or a pattern. */
function thrownAsExpected(thrown: unknown, expected: readonly unknown[]): Verdict {
  if (!isError(thrown)) return verdict(false, `no error was thrown, but ${String(thrown)}`);
  const { message } = thrown;
  const fits = expected.every((each) => {
    if (typeof each === 'string') return message === each;
    if (each instanceof RegExp) return each.test(message);
    return typeof each === 'function' && thrown instanceof each;
  });
  return verdict(fits, `${thrown.name}: ${message}, but expected ${expected.map(String).join(', ')}`);
}

/** By its look: the suite and what it tests may stand in different realms. */
function isError(thrown: unknown): thrown is Error {
  return typeof thrown === 'object' && thrown !== null && 'message' in thrown && 'stack' in thrown;
}

function verdict(pass: boolean, message: string): Verdict {
  return { pass, message: () => message };
}
