import { DiffusionError } from '../../core/errors/diffusion-error.js';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/;

/** Whether a store may have an entry of this name: in every store the same, so that entries can move between them. */
export function isEntryName(name: string): boolean {
  return NAME.test(name);
}

/** Refuses what cannot be the name of an entry, before anything is touched. */
export function checkEntryName(name: string, code: 'RXD_STORE_READ' | 'RXD_STORE_WRITE'): void {
  if (isEntryName(name)) return;
  throw new DiffusionError(code, {
    problem: 'this cannot be the name of an entry',
    got: JSON.stringify(name),
    expected: 'at most 200 letters, digits, dots, dashes and underscores, starting with a letter or digit',
    fix: 'choose a plain file name: a store never leaves its folder',
  });
}
