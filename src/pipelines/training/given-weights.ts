import * as tf from '@tensorflow/tfjs';
import type { Assembly } from '../../core/assembly/assembly.js';
import { adaptersOf } from '../../core/assembly/networks.js';
import { Roles } from '../../core/assembly/roles.js';
import type { ParametersBySlot } from '../../core/contracts/denoiser.js';
import { invalid } from '../../core/sampling/sample-request.js';
import type { ReadableCheckpoint } from '../../core/storage/checkpoint.js';
import { madeTensors } from '../../core/tensors/made-tensors.js';
import { checkParameters, orderInMemory } from '../../core/tensors/parameters.js';
import { ordered } from '../../core/tensors/readable-tensor.js';
import { layoutOf, learningAdapters, parametersBySlot } from '../../core/training/trained-slots.js';

/** The weights that a run has beside those that its plugins bring. */
export interface RunWeights {
  /** What it begins with, by slot, where that is not the plugins' own. */
  readonly initial: ParametersBySlot;
  /** What it leaves as it is: see `FitParts.kept`. */
  readonly kept: ParametersBySlot;
  /** Frees those that were made of a checkpoint. Idempotent. */
  dispose(): void;
}

/** The plugins whose weights a training run reads. */
type Readers = Pick<Assembly, 'get' | 'find' | 'bySlot'>;

/**
 * The weights of a run: those that the request gives, borrowed; what a checkpoint kept is made of it, and goes before.
 *
 * @throws DiffusionError `RXD_REQUEST_INVALID` for a slot whose weights training does not read, `RXD_PARAMETERS_MISMATCH`
 */
export async function runWeights(
  assembly: Readers,
  given: ParametersBySlot,
  start: ReadableCheckpoint | undefined,
): Promise<RunWeights> {
  checkGiven(assembly, given);
  const stored = await storedWeights(assembly, start);
  const [conditioner, codec] = [assembly.find(Roles.conditioner), assembly.find(Roles.codec)];
  const known = { ...given, ...stored };
  const own = codec && Object.keys(codec.parameters).length > 0 ? { codec: codec.parameters } : {};
  const isKept = (slot: string): boolean =>
    slot === 'codec' || (slot === 'conditioner' && conditioner?.frozen === true);
  // Beside a model that others have, a file of an adapter has nothing else.
  const alone = learningAdapters({ adapters: adaptersOf(assembly) }).length > 0;
  return {
    initial: given,
    kept: alone ? {} : { ...own, ...Object.fromEntries(Object.entries(known).filter(([slot]) => isKept(slot))) },
    dispose: () => tf.dispose(stored),
  };
}

function checkGiven(assembly: Readers, given: ParametersBySlot): void {
  const readers = readersOf(assembly);
  for (const [slot, parameters] of Object.entries(given)) {
    const own = Object.hasOwn(readers, slot) ? readers[slot] : undefined;
    if (own === undefined)
      throw invalid(
        '`parameters` has weights of a slot whose weights training does not read',
        slot,
        `weights of ${Object.keys(readers).join(', ')}`,
        'leave them out',
      );
    checkParameters(parameters, own, `\`parameters\` of the request to train for ${slot}`);
  }
}

function readersOf(assembly: Readers): ParametersBySlot {
  const plugins = {
    denoiser: assembly.get(Roles.denoiser),
    conditioner: assembly.find(Roles.conditioner),
    codec: assembly.find(Roles.codec),
    ...adaptersOf(assembly),
  };
  return Object.fromEntries(
    Object.entries(plugins).flatMap(([slot, plugin]) =>
      plugin?.parameters === undefined ? [] : [[slot, plugin.parameters] as const],
    ),
  );
}

async function storedWeights(assembly: Readers, start: ReadableCheckpoint | undefined): Promise<ParametersBySlot> {
  if (start?.kept === undefined) return {};
  const readers = readersOf(assembly);
  const parts = {
    denoiser: assembly.get(Roles.denoiser),
    conditioner: assembly.find(Roles.conditioner),
    codec: assembly.find(Roles.codec),
  };
  const layout = layoutOf(parts);
  const tensors = ordered(start.kept, (name) => orderInMemory(layout, name));
  for (const [slot, set] of Object.entries(parametersBySlot(tensors)))
    if (slot !== 'denoiser') checkParameters(set, readers[slot] ?? {}, `the weights of ${slot} in the checkpoint`);
  const engine = assembly.get(Roles.engine);
  await engine.start();
  const { denoiser: _, ...sets } = parametersBySlot(await madeTensors(tensors, engine));
  return sets;
}
