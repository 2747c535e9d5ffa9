import * as tf from '@tensorflow/tfjs';
import type { Engine } from '../contracts/engine.js';
import type { ParameterSet } from '../contracts/parameters.js';
import type { ReadableTensors } from './plain-tensor.js';

/** Makes weights one after the other, so that no more of them is read than what is made next; the caller owns them. */
export async function madeTensors(tensors: ReadableTensors, engine: Pick<Engine, 'run'>): Promise<ParameterSet> {
  const made: Record<string, tf.Tensor> = {};
  try {
    for (const [name, tensor] of Object.entries(tensors)) {
      const { data, shape } = await tensor.read();
      made[name] = engine.run(() => tf.tensor(data, [...shape], 'float32'));
    }
    return made;
  } catch (error) {
    tf.dispose(made);
    throw error;
  }
}
