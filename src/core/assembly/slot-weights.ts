import { DiffusionError } from '../errors/diffusion-error.js';
import type { ReadableTensors } from '../tensors/plain-tensor.js';
import { MEMORY_LIMIT, tensorBytes } from './memory-limit.js';
import { didYouMean, listed } from './nearest-name.js';
import type { PlannedPlugin } from './plan.js';

/** The weights that plugins of a pipeline begin with, by slot (`denoiser`, `conditioner`, `denoiser:weak`), as in a file. */
export type WeightsOfSlots = Readonly<Record<string, ReadableTensors>>;

/** Megabytes that plugins and runs may need where nobody says: what weights take that are there comes on top. */
export function defaultMemoryLimit(weights: WeightsOfSlots): number {
  const shapes = Object.values(weights).flatMap((tensors) => Object.values(tensors).map(({ shape }) => shape));
  return MEMORY_LIMIT + tensorBytes(shapes) / 1e6;
}

/** Throws `RXD_REQUEST_INVALID` for weights of a slot that the recipe does not have. */
export function checkWeightSlots(weights: WeightsOfSlots, plugins: readonly PlannedPlugin[]): void {
  const slots = plugins.map(({ id }) => id);
  const unknown = Object.keys(weights).find((slot) => !slots.includes(slot));
  if (unknown === undefined) return;
  throw new DiffusionError('RXD_REQUEST_INVALID', {
    problem: 'there are weights for a slot that the recipe does not have',
    got: unknown,
    expected: listed(slots),
    fix: `${didYouMean(unknown, slots)}name the slot as the recipe does`,
  });
}

/**
 * What `create` makes of its dependencies and of the weights of its slot.
 *
 * @throws DiffusionError `RXD_PARAMETERS_MISMATCH` where there are weights and the plugin does not read them
 */
export function takingWeights(
  deps: Readonly<Record<string, unknown>>,
  { id, role, name, definition }: PlannedPlugin,
  weights: WeightsOfSlots,
): unknown {
  const own = Object.hasOwn(weights, id) ? weights[id] : undefined;
  if (own === undefined || Object.hasOwn(deps, 'weights')) {
    if (own !== undefined) throw notTaken(role.name, name, id);
    return definition.create(deps);
  }
  let isTaken = false;
  const made: unknown = definition.create(
    Object.defineProperty({ ...deps }, 'weights', {
      enumerable: true,
      get: () => {
        isTaken = true;
        return own;
      },
    }),
  );
  if (!isTaken) throw notTaken(role.name, name, id);
  return made;
}

function notTaken(role: string, name: string, slot: string): DiffusionError {
  return new DiffusionError('RXD_PARAMETERS_MISMATCH', {
    plugin: `${role}/${name}`,
    problem: `there are weights for the slot ${slot}, and its plugin takes none`,
    expected: 'a plugin with parameters, whose `create` reads `weights`',
    fix: 'leave the weights out, or give them with each request (`parameters`)',
  });
}
