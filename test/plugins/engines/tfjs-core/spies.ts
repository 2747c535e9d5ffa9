import { vi, type Mock } from 'vitest';

/** Undoes one spy. */
export type Restore = () => void;

/** A mock with jasmine's way to say what it does and to ask how it was called. */
type Spy = Mock & { readonly and: Strategy; readonly calls: Calls };

interface Strategy {
  callFake(fake: (...args: unknown[]) => unknown): Spy;
  callThrough(): Spy;
  returnValue(value: unknown): Spy;
}

interface Calls {
  count(): number;
  first(): { readonly args: readonly unknown[] };
  mostRecent(): { readonly object: unknown };
}

/** jasmine's `spyOn`: the method does nothing until `and` says more. `restores` gets what undoes it. */
export function spyOn(object: object, method: string, restores: Restore[]): Spy {
  const methods = object as Record<string, (...args: unknown[]) => unknown>;
  const original = methods[method];
  if (typeof original !== 'function') throw new Error(`${method} is no method`);
  const mock = vi.spyOn(methods, method).mockImplementation(() => undefined);
  restores.push(() => mock.mockRestore());
  const spy: Spy = Object.assign(mock, {
    and: {
      callFake: (fake: (...args: unknown[]) => unknown) => (mock.mockImplementation(fake), spy),
      callThrough: () => {
        mock.mockImplementation(function (this: unknown, ...args: unknown[]) {
          return original.apply(this, args);
        });
        return spy;
      },
      returnValue: (value: unknown) => (mock.mockImplementation(() => value), spy),
    },
    calls: {
      count: () => mock.mock.calls.length,
      first: () => ({ args: mock.mock.calls[0] ?? [] }),
      mostRecent: () => ({ object: mock.mock.contexts.at(-1) }),
    },
  });
  return spy;
}
