import { expect, it } from 'vitest';
import { blame } from '../../src/core/errors/blame.js';
import { formatValue, kindOf, messageOf } from '../../src/core/errors/format-value.js';
import { plainError, revivedError } from '../../src/core/errors/plain-error.js';

const refuse = (): never => {
  throw new Error('no');
};
/** Values that have no text of their own, or throw while they are asked for one. */
const HOSTILE: readonly unknown[] = [
  Object.create(null),
  { toString: refuse },
  { [Symbol.toPrimitive]: refuse },
  Symbol('mark'),
  new Proxy({}, { get: refuse, getPrototypeOf: refuse, has: refuse }),
  Object.defineProperty(new Error('hidden'), 'message', { get: refuse }),
  Object.defineProperty(new Error('hidden'), 'name', { get: refuse }),
  Object.defineProperty(new Error('hidden'), 'message', { value: { toString: refuse } }),
  undefined,
  null,
  10n,
];

it('says something of any value and never throws', () => {
  for (const value of HOSTILE) {
    for (const text of [formatValue(value), messageOf(value), kindOf(value)]) expect(text).toMatch(/./);
    expect(blame(value, 'sampler/mine', 2)).toMatchObject({
      code: 'RXD_PLUGIN_FAILED',
      plugin: 'sampler/mine',
      step: 2,
    });
    expect(revivedError(structuredClone(plainError(value)))).toBeInstanceOf(Error);
  }
  expect([formatValue(Symbol('mark')), formatValue(-0.5), messageOf(new Error('plain'))]).toEqual([
    ...['Symbol(mark)', '-0.5', 'plain'],
  ]);
});

it('cuts long texts', () => {
  expect(formatValue('x'.repeat(1e6)).length).toBeLessThan(400);
  expect(messageOf(new Error('x'.repeat(1e6))).length).toBeLessThan(1600);
});

it('carries causes that go round in a circle', () => {
  const [a, b] = [new Error('a'), new Error('b')];
  a.cause = b;
  b.cause = a;
  expect(revivedError(structuredClone(plainError(a))).message).toBe('a');
});
