import { expect, it } from 'vitest';
import { DiffusionError } from '../../src/core/errors/diffusion-error.js';

it.each([['a'], ['ä'], ['🙂'], ['\u0000']])(
  'no error has more than 2 kB of text, however long what it tells of is: %j',
  (letter) => {
    const long = letter.repeat(5_000_000);
    const details = {
      problem: long,
      got: long,
      expected: long,
      fix: long,
      plugin: long,
      step: Number.MAX_SAFE_INTEGER,
    };
    const error = new DiffusionError('RXD_SCHEDULER_CONFIG', details);
    const texts = [error.message, error.problem, error.got, error.expected, error.fix, error.plugin];
    for (const text of texts) expect(Buffer.byteLength(text ?? '')).toBeLessThanOrEqual(2048);
    expect(error.problem).toContain(`(${long.length} characters)`);
  },
);

it('short texts are as they are', () => {
  const details = { problem: 'p', got: 'g', expected: 'e'.repeat(560), fix: 'f' };
  expect(new DiffusionError('RXD_ABORTED', details)).toMatchObject(details);
});
