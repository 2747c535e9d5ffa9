import type { Tensor } from '@tensorflow/tfjs';
import type { ParameterSet } from '../contracts/denoiser.js';
import { DiffusionError } from '../errors/diffusion-error.js';
import { arranged } from './arranged.js';
import { orderOnDisk, type LayoutOf } from './parameters.js';
import type { PlainTensor, ReadableTensor, ReadableTensors } from './plain-tensor.js';
import { ordered } from './readable-tensor.js';

/** Tensors as they lie in a checkpoint, each read from its engine when it is needed. */
export function readableParameters(parameters: ParameterSet, layoutOf?: LayoutOf): ReadableTensors {
  const entries = Object.entries(parameters).map(([name, tensor]) => [name, readable(name, tensor)] as const);
  return ordered(Object.fromEntries(entries), (name) => orderOnDisk(layoutOf, name));
}

function readable(name: string, tensor: Tensor): ReadableTensor {
  return {
    dtype: tensor.dtype === 'int32' ? 'int32' : 'float32',
    shape: [...tensor.shape],
    read: async (order) => {
      if (tensor.isDisposed) throw disposed(name);
      return arranged(await plain(tensor), order);
    },
  };
}

/** A copy: some backends give their own array. */
async function plain(tensor: Tensor): Promise<PlainTensor> {
  const [data, shape] = [await tensor.data(), [...tensor.shape]];
  if (tensor.dtype === 'int32') return { dtype: 'int32', shape, data: Int32Array.from(data) };
  return { dtype: 'float32', shape, data: Float32Array.from(data) };
}

function disposed(name: string): DiffusionError {
  return new DiffusionError('RXD_REQUEST_INVALID', {
    problem: 'weights are read that were disposed',
    got: `the disposed tensor ${name}`,
    expected: 'weights of a result that is alive',
    fix: 'save them before the result is disposed: inside of the block of its `using`',
  });
}
