import { DiffusionError } from '../errors/diffusion-error.js';
import type { Catalogue } from './catalogue.js';
import { listed } from './nearest-name.js';
import type { Role } from './role.js';
import { slotKey } from './slot.js';

/** The error for a slot that is needed and empty: who needs it, and what could fill it. */
export function missing(
  catalogue: Catalogue,
  role: Role<unknown>,
  why: string,
  { label, plugin }: { readonly label?: string | undefined; readonly plugin?: string } = {},
): DiffusionError {
  const slot = slotKey(role.name, label);
  const could = catalogue.of(role).map(({ name }) => name);
  return new DiffusionError('RXD_PLUGIN_MISSING', {
    problem: `nothing fills the slot '${slot}': ${why}`,
    got: `a recipe without '${slot}'`,
    expected: `a ${role.name} plugin; the catalogue has: ${listed(could)}`,
    fix:
      could.length > 0
        ? `name one of them in the slot '${slot}', or start from a preset`
        : `add a ${role.name} plugin to the catalogue and name it in the slot '${slot}'`,
    ...(plugin === undefined ? {} : { plugin }),
  });
}
