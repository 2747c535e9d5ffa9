import { upsampleNearest2xGradKernel, upsampleNearest2xKernel } from '../../../../core/kernels/upsample-nearest-2x.js';
import type { Kernel } from '../graph/kernel.js';
import type { Spec } from '../graph/spec.js';

/** Twice the height and width, and its gradient, over NHWC images. */
export const upsampleKernels: readonly Kernel[] = [
  {
    name: upsampleNearest2xKernel.name,
    inputs: ['x'],
    infer: ([x]) => {
      const [batch = 1, height = 1, width = 1, channels = 1] = (x as Spec).shape;
      return [{ shape: [batch, 2 * height, 2 * width, channels], dtype: 'float32' }];
    },
    lower: ({ graph, inputs, outputs }, [x]) => {
      const [batch = 1, height = 1, width = 1, channels = 1] = (inputs[0] as Spec).shape;
      const apart = graph.reshape(x as string, [batch, height, 1, width, 1, channels]);
      const copies = graph.node('Expand', [apart, graph.shape([batch, height, 2, width, 2, channels])]);
      return [graph.reshape(copies, (outputs[0] as Spec).shape)];
    },
  },
  {
    name: upsampleNearest2xGradKernel.name,
    inputs: ['dy'],
    infer: ([dy]) => {
      const [batch = 1, height = 1, width = 1, channels = 1] = (dy as Spec).shape;
      return [{ shape: [batch, height / 2, width / 2, channels], dtype: 'float32' }];
    },
    lower: ({ graph, inputs }, [dy]) => {
      const [batch = 1, height = 1, width = 1, channels = 1] = (inputs[0] as Spec).shape;
      const copies = graph.reshape(dy as string, [batch, height / 2, 2, width / 2, 2, channels]);
      return [graph.node('ReduceSum', [copies, graph.shape([2, 4])], { keepdims: 0 })];
    },
  },
];
