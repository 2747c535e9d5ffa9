import * as tf from '@tensorflow/tfjs';
import type { Assembly } from '../assembly/assembly.js';
import { mayHaveWeights, weightedIn, weightedSlot, type Weighted } from '../assembly/networks.js';
import { Roles } from '../assembly/roles.js';
import { slotKey, splitSlotKey } from '../assembly/slot.js';
import type { ParametersBySlot, ParameterSet } from '../contracts/denoiser.js';
import { madeTensors } from '../tensors/made-tensors.js';
import { checkParameters, orderInMemory } from '../tensors/parameters.js';
import type { ReadableTensors } from '../tensors/plain-tensor.js';
import { readableParameters } from '../tensors/readable-parameters.js';
import { ordered } from '../tensors/readable-tensor.js';
import { flatParameters, layoutBySlot, parametersBySlot } from '../training/trained-slots.js';
import type { Weights } from './weights.js';

/** Weights as tensors, which belong to whoever has them. `using loaded = await loadWeights(...)` frees them. */
export class LoadedWeights implements Disposable {
  /** Those of the slot that was asked for, or of the denoiser: for `parameters` of a request. Yours: valid until `dispose`. */
  readonly parameters: ParameterSet;
  /** The same by its slot, and those of the other slots that the file has. */
  readonly parametersBySlot: ParametersBySlot;

  constructor(parametersBySlot: ParametersBySlot, slot = 'denoiser') {
    this.parametersBySlot = parametersBySlot;
    this.parameters = parametersBySlot[slot] ?? {};
  }

  /** Frees the weights. Idempotent. */
  dispose(): void {
    tf.dispose(this.parametersBySlot);
  }

  /** What `using` calls. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}

/**
 * Makes weights for the networks of a pipeline, one tensor at a time: no more is in memory than what is made of it, and some
 * megabytes. Names and shapes are checked before anything is read.
 *
 * @param slot - the one slot to make weights for: `denoiser:weak`, `adapter:style`, `codec`, … (`weak` alone is
 *   `denoiser:weak`). Of a file that has none under that name, its network's own. All slots of the file where absent
 * @throws DiffusionError `RXD_PARAMETERS_MISMATCH` where they are those of another network; `RXD_RECIPE_INVALID` where nothing
 * fills the slot; `RXD_FILE_CORRUPT`
 * @example
 * using loaded = await loadWeights(weights, pipeline.assembly);
 * using result = await pipeline.sample({ parameters: loaded.parametersBySlot });
 */
export async function loadWeights(
  weights: Weights,
  assembly: Pick<Assembly, 'get' | 'find'>,
  slot?: string,
): Promise<LoadedWeights> {
  const stored = parametersBySlot(weights.tensors);
  const asked = slot === undefined ? undefined : slotOf(slot);
  const sets = asked === undefined ? stored : { [asked]: stored[asked] ?? stored['denoiser'] ?? {} };
  const plugins =
    asked === undefined ? expected(assembly, Object.keys(stored)) : { [asked]: weightedSlot(assembly, asked) };
  const layout = layoutBySlot((one) => plugins[one]);
  const tensors: ReadableTensors = ordered(flatParameters(sets), (name) => orderInMemory(layout, name));
  const own = Object.entries(plugins).map(([one, { parameters }]) => [one, parameters] as const);
  checkParameters(tensors, flatParameters(Object.fromEntries(own)));
  return new LoadedWeights(parametersOf(await madeTensors(tensors, assembly.get(Roles.engine)), asked), asked);
}

/**
 * Weights of one slot, to be saved as a file of their own: those of an adapter, of a codec, of a further network. They are
 * read while they are saved.
 *
 * @param parameters - the plugin's own where absent
 * @throws DiffusionError `RXD_RECIPE_INVALID` where nothing fills the slot; `RXD_PARAMETERS_MISMATCH`
 * @example
 * await saveWeights(store, 'style.safetensors', slotWeights(pipeline.assembly, 'adapter:style', style));
 */
export function slotWeights(
  assembly: Pick<Assembly, 'find' | 'recipe'>,
  slot: string,
  parameters?: ParameterSet,
): Weights {
  const { parameters: own, layout } = weightedSlot(assembly, slotOf(slot));
  if (parameters) checkParameters(parameters, own);
  return { step: 0, recipe: assembly.recipe, tensors: readableParameters(parameters ?? own, layout) };
}

/** A label alone is that of a denoiser. */
const slotOf = (slot: string): string => (mayHaveWeights(slot) ? slot : slotKey(Roles.denoiser.name, slot));

/** The plugins whose weights a file of these slots should have: those of them, and what trains with the denoiser. */
function expected(
  assembly: Pick<Assembly, 'get' | 'find'>,
  stored: readonly string[],
): Readonly<Record<string, Weighted>> {
  const { parameters, frozen } = assembly.find(Roles.conditioner) ?? {};
  const trained = parameters !== undefined && frozen !== true ? [Roles.conditioner.name] : [];
  // A file of adapters alone has nothing of the networks that they change.
  const isAlone = stored.every((slot) => splitSlotKey(slot).role === Roles.adapter.name);
  const others = isAlone ? stored : [...trained, ...stored].filter((slot) => slot !== Roles.denoiser.name);
  const found = [...new Set(others)].flatMap((slot) => {
    const plugin = weightedIn(assembly, slot);
    return plugin ? [[slot, plugin] as const] : [];
  });
  const denoiser = isAlone ? {} : { [Roles.denoiser.name]: assembly.get(Roles.denoiser) };
  return { ...denoiser, ...Object.fromEntries(found) };
}

function parametersOf(flat: ParameterSet, asked: string | undefined): ParametersBySlot {
  const sets = parametersBySlot(flat);
  return asked === undefined ? sets : { [asked]: sets[asked] ?? {} };
}
