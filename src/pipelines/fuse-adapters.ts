import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import type { Assembly } from '../core/assembly/assembly.js';
import { real } from '../core/assembly/config-numbers.js';
import { checkWeights } from '../core/compatibility/runnable.js';
import type { ParametersBySlot, ParameterSet } from '../core/contracts/denoiser.js';
import { readRequest } from '../core/requests/read-request.js';
import { adaptedBy, changedWeights } from '../core/sampling/network/adapter-uses.js';
import { invalid } from '../core/sampling/sample-request.js';
import { LoadedWeights } from '../core/storage/load-weights.js';
import { samplingParts } from './sample-function.js';

/** What is fused. */
export interface FuseOptions {
  /** Scales by the slot of an adapter, `{ 'adapter:style': 0.5 }`; 0 leaves one out. Its own where absent. */
  readonly scales?: Readonly<Record<string, number>>;
  /** Weights by slot, of networks and adapters, where they are not the plugins' own. Borrowed. */
  readonly parameters?: ParametersBySlot;
}

const options = z
  .strictObject({
    scales: z.record(z.string(), real()),
    parameters: z.custom<ParametersBySlot>(
      (value) => typeof value === 'object' && value !== null,
      'expected weights by slot',
    ),
  } satisfies { readonly [K in keyof Required<FuseOptions>]: z.ZodType })
  .partial();

/**
 * The weights of the networks of a pipeline with its adapters in them, as new tensors: for requests of a pipeline without
 * adapters, or to be saved. Those of the pipeline stay as they are, so that nothing needs to be taken out again.
 *
 * @returns the weights of each slot that an adapter changes, all of them; yours to dispose of
 * @throws DiffusionError `RXD_REQUEST_INVALID` for a scale of an adapter that there is not, `RXD_PARAMETERS_MISMATCH`
 * @example
 * using fused = await fuseAdapters(pipeline.assembly, { scales: { 'adapter:style': 0.7 } });
 * await saveWeights(store, 'fused.safetensors', slotWeights(pipeline.assembly, 'denoiser', fused.parameters));
 */
export async function fuseAdapters(assembly: Assembly, asked: FuseOptions = {}): Promise<LoadedWeights> {
  const { scales = {}, parameters = {} } = readRequest(asked, options, 'the options to fuse adapters');
  const parts = samplingParts(assembly);
  const { adapters = {}, engine } = parts;
  checkScales(scales, Object.keys(adapters));
  checkWeights(parts, parameters);
  await engine.start();
  const live = Object.fromEntries(Object.entries(scales).map(([slot, scale]) => [`${slot}.scale`, scale]));
  const slots = [...new Set(Object.values(adapters).map(({ slot }) => slot))];
  const made: Record<string, ParameterSet> = {};
  try {
    for (const slot of slots) {
      const use = adaptedBy(parts, slot, parameters, live);
      const changed = changedWeights(engine, use);
      const others = Object.entries(use.base).filter(([name]) => !Object.hasOwn(changed, name));
      made[slot] = {
        ...changed,
        ...Object.fromEntries(engine.run(() => others.map(([name, tensor]) => [name, tf.clone(tensor)] as const))),
      };
    }
    return new LoadedWeights(made);
  } catch (error) {
    tf.dispose(made);
    throw error;
  }
}

function checkScales(scales: Readonly<Record<string, number>>, known: readonly string[]): void {
  const unknown = Object.keys(scales).find((slot) => !known.includes(slot));
  if (unknown !== undefined)
    throw invalid(
      'there is a scale for an adapter that the pipeline does not have',
      unknown,
      known.join(', ') || 'a pipeline with adapters',
      'name the slots of adapters, such as `adapter:style`',
    );
}
