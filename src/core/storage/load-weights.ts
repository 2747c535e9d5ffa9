import * as tf from '@tensorflow/tfjs';
import type { ParameterSet } from '../contracts/denoiser.js';
import type { Assembly } from '../plugins/assembly.js';
import { Roles } from '../plugins/roles.js';
import { arrangedShape } from '../tensors/arranged.js';
import { checkParameters, orderInMemory } from '../tensors/parameters.js';
import type { Weights } from './weights.js';

/** Weights as tensors, which belong to whoever has them. `using loaded = await loadWeights(...)` frees them. */
export class LoadedWeights implements Disposable {
  /** For `parameters` of a request. Yours: valid until `dispose`. */
  readonly parameters: ParameterSet;

  constructor(parameters: ParameterSet) {
    this.parameters = parameters;
  }

  /** Frees the weights. Idempotent. */
  dispose(): void {
    tf.dispose(this.parameters);
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
 * @param slot - the network's label: `weak` for `denoiser:weak`; the main network where absent
 * @throws DiffusionError `RXD_PARAMETERS_MISMATCH` where they are those of another network; `RXD_FILE_CORRUPT`
 * @example
 * using loaded = await loadWeights(weights, pipeline.assembly);
 * using result = await pipeline.sample({ parameters: loaded.parameters });
 */
export async function loadWeights(
  weights: Weights,
  assembly: Pick<Assembly, 'get'>,
  slot?: 'weak',
): Promise<LoadedWeights> {
  const [denoiser, engine] = [assembly.get(Roles.denoiser, slot), assembly.get(Roles.engine)];
  const entries = Object.entries(weights.tensors).map(
    ([name, tensor]) => [name, tensor, orderInMemory(denoiser.layout, name)] as const,
  );
  checkParameters(
    Object.fromEntries(entries.map(([name, { shape }, order]) => [name, { shape: arrangedShape(shape, order) }])),
    denoiser.parameters,
  );
  const made: Record<string, tf.Tensor> = {};
  try {
    for (const [name, tensor, order] of entries) {
      const { data, shape } = await tensor.read(order);
      made[name] = engine.run(() => tf.tensor(data, [...shape], 'float32'));
    }
    return new LoadedWeights(made);
  } catch (error) {
    tf.dispose(made);
    throw error;
  }
}
