import type { Kernel } from '../graph/kernel.js';
import type { Spec } from '../graph/spec.js';
import { conv2d } from './convolution.js';
import { depthwiseConv2d } from './depthwise.js';
import { finishedNodes } from './matrices.js';

/** Convolutions with what comes after them, and normalizations with given statistics. */
export const fused: readonly Kernel[] = [
  withBiasAndActivation('FusedConv2D', conv2d),
  withBiasAndActivation('FusedDepthwiseConv2D', depthwiseConv2d),
  {
    name: 'FusedBatchNorm',
    inputs: ['x', 'mean', 'variance', 'scale', 'offset'],
    infer: (inputs) => {
      // With one of scale and offset missing it cannot be told which; and numbers repeat where shapes do not fit.
      const [x, ...rest] = inputs as readonly [Spec, ...Spec[]];
      const isEach = rest.every(({ shape }) => shape.join() === x.shape.slice(-shape.length).join());
      return isEach && inputs.length !== 4 && x.dtype === 'float32' ? [x] : undefined;
    },
    lower: ({ graph, attributes }, [x, mean, variance, scale, offset]) => {
      const epsilon = graph.floats((attributes['varianceEpsilon'] as number | undefined) ?? 0.001);
      const root = graph.node('Sqrt', [graph.node('Add', [variance as string, epsilon])]);
      const factor = scale === undefined ? graph.node('Reciprocal', [root]) : graph.node('Div', [scale, root]);
      const scaled = graph.node('Mul', [graph.node('Sub', [x as string, mean as string]), factor]);
      return [offset === undefined ? scaled : graph.node('Add', [scaled, offset])];
    },
  },
];

function withBiasAndActivation(name: string, convolution: Kernel): Kernel {
  return {
    name,
    inputs: ['x', 'filter', 'bias', 'preluActivationWeights'],
    infer: (inputs, attributes) => convolution.infer(inputs.slice(0, 2), attributes),
    lower: (call, [x, filter, ...rest]) => {
      const names = [x as string, filter as string];
      const [convolved] = convolution.lower({ ...call, inputs: call.inputs.slice(0, 2) }, names);
      return [finishedNodes(call.graph, convolved as string, rest, call.attributes)];
    },
  };
}
