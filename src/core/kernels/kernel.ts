import * as tf from '@tensorflow/tfjs';

/** Tensors that a kernel takes, by name. */
export type KernelInputs = Readonly<Record<string, tf.Tensor>>;

/** Numbers that a kernel takes beside its tensors. */
export type KernelAttributes = Readonly<Record<string, number>>;

/** How a kernel is differentiated. */
interface KernelGradient<I extends KernelInputs, A extends KernelAttributes> {
  /** Inputs that `inputs` needs again. */
  readonly saves: readonly (keyof I & string)[];
  /** Gradients of all inputs; runs once a backward pass. */
  inputs(dy: tf.Tensor, saved: readonly tf.Tensor[], attributes: A): { readonly [K in keyof I]: tf.Tensor };
}

/** A tfjs kernel of ours. Engines may register their own function under its name; others run `plain`. */
export interface Kernel<I extends KernelInputs, A extends KernelAttributes, O extends tf.Tensor | tf.Tensor[]> {
  /** `Rxd...`, the name in tfjs's registry. */
  readonly name: string;
  /** The operation in plain tfjs operations, for backends that have no version of their own. */
  plain(inputs: I, attributes: A): O;
  readonly gradient?: KernelGradient<I, A>;
}

/** Runs a kernel on the current backend, as one node of the gradient tape. */
export function runKernel<I extends KernelInputs, A extends KernelAttributes, O extends tf.Tensor | tf.Tensor[]>(
  kernel: Kernel<I, A, O>,
  inputs: I,
  attributes: A,
): O {
  if (tf.getKernel(kernel.name, tf.getBackend()) === undefined) {
    tf.backend();
    registerPlain(kernel, tf.getBackend());
  }
  return tf.engine().runKernel(kernel.name, { ...inputs }, { ...attributes }) as O;
}

/** Registers a kernel's plain version for a backend that has none, and its gradient. Idempotent. */
export function registerPlain<I extends KernelInputs, A extends KernelAttributes, O extends tf.Tensor | tf.Tensor[]>(
  kernel: Kernel<I, A, O>,
  backendName: string,
): void {
  if (tf.getKernel(kernel.name, backendName) === undefined) {
    tf.registerKernel({
      kernelName: kernel.name,
      backendName,
      kernelFunc: ({ inputs, attrs }) => tf.tidy(() => kernel.plain(inputs as unknown as I, attrs as unknown as A)),
    });
  }
  const { gradient } = kernel;
  if (gradient === undefined || tf.getGradient(kernel.name) !== undefined) return;
  tf.registerGradient({
    kernelName: kernel.name,
    inputsToSave: [...gradient.saves],
    gradFunc: (dy, saved, attrs) => lazily(gradient.inputs(dy as tf.Tensor, saved, attrs as unknown as A)),
  });
}

/** tfjs asks for each input's gradient in its own tidy: all are made before, outside, and only handed over there. */
function lazily(tensors: KernelInputs): Record<string, () => tf.Tensor> {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, () => tensor]));
}
