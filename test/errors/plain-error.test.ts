import { describe, expect, it } from 'vitest';
import { DiffusionError } from '../../src/core/errors/diffusion-error.js';
import { plainError, revivedError } from '../../src/core/errors/plain-error.js';

const crossed = (error: unknown): Error => revivedError(structuredClone(plainError(error)));

describe('errors that cross to another thread', () => {
  it('keep code, details and causes', () => {
    const error = new DiffusionError('RXD_PLUGIN_OUTPUT', {
      problem: 'NaN',
      got: 'NaN at 3',
      fix: 'clip',
      plugin: 'denoiser/mlp',
      step: 4,
      cause: new RangeError('deep', { cause: 'deeper' }),
    });
    const revived = crossed(error);
    expect(revived).toBeInstanceOf(DiffusionError);
    expect(revived).toMatchObject({ code: 'RXD_PLUGIN_OUTPUT', got: 'NaN at 3', plugin: 'denoiser/mlp', step: 4 });
    expect(revived.message).toBe(error.message);
    expect(revived.cause).toMatchObject({ name: 'RangeError', message: 'deep', cause: { message: 'deeper' } });
  });

  it('may be anything that was thrown', () => {
    expect(crossed('a string')).toMatchObject({ name: 'Error', message: 'a string' });
    expect(crossed(new TypeError('odd'))).toMatchObject({ name: 'TypeError', message: 'odd' });
  });

  it('are plain errors where the code is not known here', () => {
    const plain = plainError(new DiffusionError('RXD_ABORTED', { problem: 'later', fix: 'none' }));
    const foreign = JSON.parse(JSON.stringify(plain).replaceAll('RXD_ABORTED', 'RXD_OF_TOMORROW')) as typeof plain;
    expect(revivedError(foreign)).not.toBeInstanceOf(DiffusionError);
    expect(revivedError(foreign).message).toContain('RXD_OF_TOMORROW');
  });
});
