import { DiffusionError } from '../errors/diffusion-error.js';
import { isModelFiles, modelBytes } from '../model-files/slot-models.js';
import type { ReadableTensors } from '../tensors/plain-tensor.js';
import { MEMORY_LIMIT, tensorBytes, type MemoryNeed } from './memory-limit.js';
import { didYouMean, listed } from './nearest-name.js';
import type { PlannedPlugin } from './plan.js';

/**
 * The weights that plugins of a pipeline begin with, by slot (`denoiser`, `conditioner`, `denoiser:weak`): tensors as in a
 * file, or whole model files (`modelFiles`).
 */
export type WeightsOfSlots = Readonly<Record<string, ReadableTensors>>;

/** Megabytes that plugins and runs may need where nobody says: what weights take that are there comes on top. */
export function defaultMemoryLimit(weights: WeightsOfSlots): number {
  const shapes = Object.values(weights).flatMap((tensors) => Object.values(tensors).map(({ shape }) => shape));
  const files = modelNeeds(weights).reduce((sum, { bytes }) => sum + bytes, 0);
  return MEMORY_LIMIT + (tensorBytes(shapes) + files) / 1e6;
}

/** What the model files of a pipeline take: their plugins cannot say it, for no config does. */
export function modelNeeds(weights: WeightsOfSlots): readonly MemoryNeed[] {
  return Object.entries(weights).flatMap(([slot, given]) =>
    isModelFiles(given) ? [{ what: `model files of ${slot}`, bytes: modelBytes(given) }] : [],
  );
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
  const key = isModelFiles(own) ? 'models' : 'weights';
  if (own === undefined || Object.hasOwn(deps, key)) {
    if (own !== undefined) throw notTaken(role.name, name, id, key);
    return definition.create(deps);
  }
  let isTaken = false;
  const made: unknown = definition.create(
    Object.defineProperty({ ...deps }, key, {
      enumerable: true,
      get: () => {
        isTaken = true;
        return own;
      },
    }),
  );
  if (!isTaken) throw notTaken(role.name, name, id, key);
  return made;
}

function notTaken(role: string, name: string, slot: string, key: 'models' | 'weights'): DiffusionError {
  const [what, expected] =
    key === 'weights' ? ['weights', 'a plugin with parameters'] : ['model files', 'a plugin over model files'];
  return new DiffusionError('RXD_PARAMETERS_MISMATCH', {
    plugin: `${role}/${name}`,
    problem: `there are ${what} for the slot ${slot}, and its plugin takes none`,
    expected: `${expected}, whose \`create\` reads \`${key}\``,
    fix: 'leave the weights out, or give them with each request (`parameters`)',
  });
}
