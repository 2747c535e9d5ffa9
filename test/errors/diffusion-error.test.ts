import { expect, it, vi } from 'vitest';
import { DiffusionError } from '../../src/core/errors/diffusion-error.js';

it('an error of a second copy of the package is a DiffusionError too', async () => {
  vi.resetModules();
  const copy = await import('../../src/core/errors/diffusion-error.js');
  expect(copy.DiffusionError).not.toBe(DiffusionError);
  const error = new copy.DiffusionError('RXD_ABORTED', { problem: 'a', fix: 'b' });
  expect(error).toBeInstanceOf(DiffusionError);
  expect(new DiffusionError('RXD_ABORTED', { problem: 'a', fix: 'b' })).toBeInstanceOf(copy.DiffusionError);
});

it.each([new Error('a'), undefined, 'RXD_ABORTED', Object.create(null), new Proxy({}, { has: () => expect.fail() })])(
  'what is none is none: %#',
  (value) => {
    expect(value instanceof DiffusionError).toBe(false);
  },
);
