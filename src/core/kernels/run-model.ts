import * as tf from '@tensorflow/tfjs';
import { DiffusionError } from '../errors/diffusion-error.js';

/** Computes the outputs of a model from its inputs, by name, on the current backend. */
export type ModelCall = (inputs: Readonly<Record<string, tf.TensorInfo>>) => readonly tf.TensorInfo[];

const NAME = 'RxdRunModel';

/**
 * Runs a model as one kernel of the current backend, so that autodiff, profiles and scopes of tfjs see it as any other. It
 * has no gradient: asking for one is `RXD_COMBINATION`.
 */
export function runModel(call: ModelCall, inputs: Readonly<Record<string, tf.Tensor>>): readonly tf.Tensor[] {
  register(tf.getBackend());
  const attributes = { call } as unknown as tf.NamedAttrMap;
  return tf.engine().runKernel(NAME, { ...inputs }, attributes) as tf.Tensor[];
}

function register(backendName: string): void {
  if (tf.getKernel(NAME, backendName) === undefined)
    tf.registerKernel({
      kernelName: NAME,
      backendName,
      kernelFunc: ({ inputs, attrs }) => [...(attrs as unknown as { readonly call: ModelCall }).call(inputs as never)],
    });
  if (tf.getGradient(NAME) === undefined)
    tf.registerGradient({
      kernelName: NAME,
      gradFunc: () => {
        throw noGradient();
      },
    });
}

function noGradient(): DiffusionError {
  return new DiffusionError('RXD_COMBINATION', {
    problem: 'a model file has no gradients: another program computes it',
    expected: 'sampling, without what asks for gradients of the network',
    fix: 'train, or guide by gradients, with weights in safetensors and the network of their class',
  });
}
