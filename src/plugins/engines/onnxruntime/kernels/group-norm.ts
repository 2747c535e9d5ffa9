import { groupNormGradKernel, groupNormKernel } from '../../../../core/kernels/group-norm.js';
import type { OnnxGraph } from '../emit/onnx-graph.js';
import type { Kernel, KernelAttributes } from '../graph/kernel.js';
import { sizeOf, type Spec } from '../graph/spec.js';

/** Sizes of a group norm: samples, pixels, groups, channels of a group. */
interface GroupSizes {
  readonly batch: number;
  readonly pixels: number;
  readonly channels: number;
  readonly groups: number;
  readonly epsilon: number;
}

/** Sizes of a group norm over `[N, ..., C]`. */
export function groupSizes({ shape }: Spec, attributes: KernelAttributes): GroupSizes {
  const channels = shape.at(-1) ?? 1;
  const batch = shape[0] ?? 1;
  return {
    batch,
    channels,
    pixels: sizeOf(shape) / (batch * channels),
    groups: attributes['groups'] as number,
    epsilon: attributes['epsilon'] as number,
  };
}

/** What both passes need of x: x less the mean of its group, and 1 / standard deviation, for each channel. */
function centredRows(graph: OnnxGraph, x: string, sizes: GroupSizes) {
  const { batch, pixels, channels, epsilon } = sizes;
  const rows = graph.reshape(x, [batch, pixels, channels]);
  const centred = graph.node('Sub', [rows, groupMean(graph, rows, sizes)]);
  const variance = groupMean(graph, graph.node('Mul', [centred, centred]), sizes);
  const deviation = graph.node('Sqrt', [graph.node('Add', [variance, graph.floats(epsilon)])]);
  return { centred, inverse: graph.node('Reciprocal', [deviation]) };
}

/** Mean over the pixels and then over the channels of a group, spread over the group's channels: `[N, 1, C]`. */
function groupMean(graph: OnnxGraph, rows: string, { batch, channels, groups }: GroupSizes): string {
  const width = channels / groups;
  const overPixels = graph.node('ReduceMean', [rows, graph.shape([1])], { keepdims: 0 });
  const grouped = graph.reshape(overPixels, [batch, groups, width]);
  const mean = graph.node('ReduceMean', [grouped, graph.shape([2])], { keepdims: 1 });
  return graph.reshape(graph.node('Expand', [mean, graph.shape([batch, groups, width])]), [batch, 1, channels]);
}

/** Group normalization over row-major data. */
export const groupNormKernels: readonly Kernel[] = [
  {
    name: groupNormKernel.name,
    inputs: ['x', 'scale', 'bias'],
    infer: ([x]) => [{ shape: (x as Spec).shape, dtype: 'float32' }],
    lower: ({ graph, inputs, outputs, attributes }, [x, scale, bias]) => {
      const { centred, inverse } = centredRows(graph, x as string, groupSizes(inputs[0] as Spec, attributes));
      const scaled = graph.node('Mul', [centred, graph.node('Mul', [inverse, scale as string])]);
      return [graph.reshape(graph.node('Add', [scaled, bias as string]), (outputs[0] as Spec).shape)];
    },
  },
  {
    name: groupNormGradKernel.name,
    inputs: ['x', 'scale', 'dy'],
    infer: ([x, scale]) => [x as Spec, scale as Spec, scale as Spec],
    lower: ({ graph, inputs, attributes }, [x, scale, dy]) => {
      const sizes = groupSizes(inputs[0] as Spec, attributes);
      const { batch, pixels, channels } = sizes;
      const { centred, inverse } = centredRows(graph, x as string, sizes);
      const normalized = graph.node('Mul', [centred, inverse]);
      const slope = graph.reshape(dy as string, [batch, pixels, channels]);
      const scaled = graph.node('Mul', [slope, scale as string]);
      const along = groupMean(graph, graph.node('Mul', [scaled, normalized]), sizes);
      const level = graph.node('Sub', [scaled, groupMean(graph, scaled, sizes)]);
      const dx = graph.node('Mul', [graph.node('Sub', [level, graph.node('Mul', [normalized, along])]), inverse]);
      const overAll = (rows: string): string => graph.node('ReduceSum', [rows, graph.shape([0, 1])], { keepdims: 0 });
      return [
        graph.reshape(dx, (inputs[0] as Spec).shape),
        overAll(graph.node('Mul', [slope, normalized])),
        overAll(slope),
      ];
    },
  },
];
