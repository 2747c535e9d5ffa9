import * as tf from '@tensorflow/tfjs';
import type { Engine } from '../contracts/engine.js';
import type { ParameterSet } from '../contracts/parameters.js';
import type { ReadableTensor, ReadableTensors } from './plain-tensor.js';
import { storedReader } from './stored-numbers.js';

type Maker = Pick<Engine, 'run' | 'place'>;

/** Makes weights one after the other, so that no more of them is read than what is made next; the caller owns them. */
export async function madeTensors(tensors: ReadableTensors, engine: Maker): Promise<ParameterSet> {
  const made: Record<string, tf.Tensor> = {};
  try {
    for (const [name, tensor] of Object.entries(tensors)) {
      made[name] = await madeTensor(tensor, engine);
    }
    return made;
  } catch (error) {
    tf.dispose(made);
    throw error;
  }
}

async function madeTensor(tensor: ReadableTensor, engine: Maker): Promise<tf.Tensor> {
  const stored = engine.place && (await storedReader(tensor)?.());
  if (stored) return engine.place?.(stored) as tf.Tensor;
  const { data, shape } = await tensor.read();
  return engine.run(() => tf.tensor(data, [...shape], 'float32'));
}
