import * as tf from '@tensorflow/tfjs';
import type { Kernel, KernelAttributes } from '../graph/kernel.js';
import { sizeOf, type Spec } from '../graph/spec.js';
import { padded, slicedNodes, type Pads } from './rearranging.js';
import { paddedNodes } from './shape.js';

const { backend_util } = tf;

/** Kernels that move blocks of space to other axes and back. */
export const blockKernels: readonly Kernel[] = [
  {
    name: 'SpaceToBatchND',
    inputs: ['x'],
    infer: ([x], attributes) => [{ ...(x as Spec), shape: blocksOf((x as Spec).shape, attributes).result }],
    lower: ({ graph, inputs, attributes }, [x]) => {
      const { dtype, shape } = inputs[0] as Spec;
      const { pads, apart, order, result } = blocksOf(shape, attributes);
      const counts = [...pads.map(([before]) => before), ...pads.map(([, after]) => after)];
      const filled = paddedNodes(graph, x as string, dtype, counts, 0);
      const turned = graph.node('Transpose', [graph.reshape(filled, apart)], {
        perm: order,
      });
      return [graph.reshape(turned, result)];
    },
  },
  {
    name: 'BatchToSpaceND',
    inputs: ['x'],
    infer: ([x], attributes) => [{ ...(x as Spec), shape: spaceOf((x as Spec).shape, attributes).sizes }],
    lower: ({ graph, inputs, attributes }, [x]) => {
      const { apart, order, joined, begins, sizes } = spaceOf((inputs[0] as Spec).shape, attributes);
      const turned = graph.node('Transpose', [graph.reshape(x as string, apart)], { perm: order });
      const axes = sizes.map((_, axis) => axis);
      const ends = begins.map((begin, axis) => begin + (sizes[axis] ?? 0));
      return [
        slicedNodes(graph, graph.reshape(turned, joined), {
          axes,
          begins,
          ends,
          steps: axes.map(() => 1),
        }),
      ];
    },
  },
  {
    name: 'DepthToSpace',
    inputs: ['x'],
    infer: ([x], { blockSize, dataFormat }) => {
      if (dataFormat !== 'NHWC') return undefined;
      const [batch = 1, height = 1, width = 1, depth = 1] = (x as Spec).shape;
      const side = blockSize as number;
      return [
        {
          ...(x as Spec),
          shape: [batch, height * side, width * side, depth / (side * side)],
        },
      ];
    },
    lower: ({ graph, inputs, outputs, attributes }, [x]) => {
      const [batch = 1, height = 1, width = 1] = (inputs[0] as Spec).shape;
      const side = attributes['blockSize'] as number;
      const { shape } = outputs[0] as Spec;
      const apart = graph.reshape(x as string, [batch, height, width, side, side, shape[3] ?? 1]);
      return [graph.reshape(graph.node('Transpose', [apart], { perm: [0, 1, 3, 2, 4, 5] }), shape)];
    },
  },
];

function blocksOf(shape: readonly number[], attributes: KernelAttributes) {
  const blocks = attributes['blockShape'] as number[];
  const inner = attributes['paddings'] as Pads;
  const pads = shape.map((_, axis) => inner[axis - 1] ?? ([0, 0] as const));
  const full = padded(shape, pads);
  return {
    pads,
    apart: backend_util.getReshaped(full, blocks, sizeOf(blocks), false),
    order: backend_util.getPermuted(
      backend_util.getReshaped(full, blocks, sizeOf(blocks), false).length,
      blocks.length,
      false,
    ),
    result: backend_util.getReshapedPermuted(full, blocks, sizeOf(blocks), false),
  };
}

function spaceOf(shape: readonly number[], attributes: KernelAttributes) {
  const blocks = attributes['blockShape'] as number[];
  const crops = attributes['crops'] as number[][];
  const apart = backend_util.getReshaped([...shape], blocks, sizeOf(blocks));
  const joined = backend_util.getReshapedPermuted([...shape], blocks, sizeOf(blocks));
  return {
    apart,
    joined,
    order: backend_util.getPermuted(apart.length, blocks.length),
    begins: joined.map((_, axis) => crops[axis - 1]?.[0] ?? 0),
    sizes: joined.map((side, axis) => side - (crops[axis - 1]?.[0] ?? 0) - (crops[axis - 1]?.[1] ?? 0)),
  };
}
