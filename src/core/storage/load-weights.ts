import * as tf from '@tensorflow/tfjs';
import type { ParametersBySlot, ParameterSet } from '../contracts/denoiser.js';
import type { Assembly } from '../assembly/assembly.js';
import { Roles } from '../assembly/roles.js';
import { checkParameters, orderInMemory } from '../tensors/parameters.js';
import { layoutOf, parametersBySlot, trainedParameters } from '../training/trained-slots.js';
import { madeTensors } from '../tensors/made-tensors.js';
import { ordered } from '../tensors/readable-tensor.js';
import type { Weights } from './weights.js';

/** Weights as tensors, which belong to whoever has them. `using loaded = await loadWeights(...)` frees them. */
export class LoadedWeights implements Disposable {
  /** The network's, for `parameters` of a request. Yours: valid until `dispose`. */
  readonly parameters: ParameterSet;
  /** The same, and those of other slots that were trained with it. */
  readonly parametersBySlot: ParametersBySlot;

  constructor(parametersBySlot: ParametersBySlot) {
    this.parametersBySlot = parametersBySlot;
    this.parameters = parametersBySlot['denoiser'] ?? {};
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
 * Makes weights for the network of a pipeline, one tensor at a time: no more is in memory than what is made of it, and some
 * megabytes. Names and shapes are checked before anything is read.
 *
 * @param label - the label of the network's slot: `weak` for `denoiser:weak`; the slot `denoiser` where absent
 * @throws DiffusionError `RXD_PARAMETERS_MISMATCH` where they are those of another network; `RXD_FILE_CORRUPT`
 * @example
 * using loaded = await loadWeights(weights, pipeline.assembly);
 * using result = await pipeline.sample({ parameters: loaded.parameters });
 */
export async function loadWeights(
  weights: Weights,
  assembly: Pick<Assembly, 'get' | 'find'>,
  label?: string,
): Promise<LoadedWeights> {
  const [denoiser, engine] = [assembly.get(Roles.denoiser, label), assembly.get(Roles.engine)];
  const parts = { denoiser, ...(label === undefined ? { conditioner: assembly.find(Roles.conditioner) } : {}) };
  // Of a further network, what was trained with it is not asked for.
  const own = label === undefined ? weights.tensors : (parametersBySlot(weights.tensors)['denoiser'] ?? {});
  const layout = layoutOf(parts);
  const tensors = ordered(own, (name) => orderInMemory(layout, name));
  checkParameters(tensors, trainedParameters(parts));
  return new LoadedWeights(parametersBySlot(await madeTensors(tensors, engine)));
}
