import type { OnnxGraph } from '../emit/onnx-graph.js';
import type { Kernel, KernelAttributes } from '../graph/kernel.js';
import type { Spec } from '../graph/spec.js';
import { floatSpec } from './shapes.js';
import { cast } from './casting.js';

/** What a row (or column) of a resized image is made of: two rows of the image, and the share of the second. */
interface Mixture {
  readonly low: readonly number[];
  readonly high: readonly number[];
  readonly share: readonly number[];
}

type MixturesOf = (from: number, to: number, attributes: KernelAttributes) => Mixture;

/** Images in other sizes, and the gradients. Sizes are known, so each axis is a constant choice and mixture of rows. */
export const resizing: readonly Kernel[] = [
  resize('ResizeBilinear', bilinear),
  resize('ResizeNearestNeighbor', nearest),
  resizeGrad('ResizeBilinearGrad', bilinearOfGrad),
  resizeGrad('ResizeNearestNeighborGrad', nearestOfGrad),
];

function resize(name: string, mixtureOf: MixturesOf): Kernel {
  return {
    name,
    inputs: ['images'],
    infer: ([images], { size }) => {
      const { shape, dtype } = images as Spec;
      const [height = 0, width = 0] = size as readonly number[];
      const result = [shape[0] ?? 1, height, width, shape[3] ?? 1];
      return [{ shape: result, dtype: name === 'ResizeBilinear' ? 'float32' : dtype }];
    },
    lower: ({ graph, inputs, outputs, attributes }, [images]) => {
      const [from, to] = [inputs[0] as Spec, outputs[0] as Spec];
      return [
        [1, 2].reduce(
          (image, axis) => mixed(graph, image, axis, mixtureOf(from.shape[axis] ?? 1, to.shape[axis] ?? 1, attributes)),
          cast(graph, images as string, from.dtype, to.dtype),
        ),
      ];
    },
  };
}

/** Rows by number, and between two of them a straight line. */
function mixed(graph: OnnxGraph, image: string, axis: number, { low, high, share }: Mixture): string {
  const first = graph.node('Gather', [image, graph.ints(low)], { axis });
  if (share.every((part) => part === 0)) return first;
  const way = graph.node('Sub', [graph.node('Gather', [image, graph.ints(high)], { axis }), first]);
  const shares = graph.floats(share, axis === 1 ? [share.length, 1, 1] : [share.length, 1]);
  return graph.node('Add', [first, graph.node('Mul', [way, shares])]);
}

/** The transposed mixtures: what each row gave is given back to it. */
function resizeGrad(name: string, mixtureOf: MixturesOf): Kernel {
  return {
    name,
    inputs: ['images', 'dy'],
    infer: ([images]) => [floatSpec((images as Spec).shape)],
    lower: ({ graph, inputs, attributes }, [, dy]) => {
      const [batch = 1, height = 1, width = 1, channels = 1] = (inputs[0] as Spec).shape;
      const [, rows = 1, columns = 1] = (inputs[1] as Spec).shape;
      const byRow = matrixOf(graph, mixtureOf(height, rows, attributes), height);
      const byColumn = matrixOf(graph, mixtureOf(width, columns, attributes), width);
      const first = graph.node('MatMul', [byRow, graph.reshape(dy as string, [batch, rows, columns * channels])]);
      const second = graph.node('MatMul', [byColumn, graph.reshape(first, [batch * height, columns, channels])]);
      return [graph.reshape(second, [batch, height, width, channels])];
    },
  };
}

/** `[side, places]`: how much of each row went to each place. */
function matrixOf(graph: OnnxGraph, { low, high, share }: Mixture, side: number): string {
  const places = low.length;
  const matrix = new Float32Array(side * places);
  low.forEach((row, place) => {
    const part = share[place] ?? 0;
    matrix[row * places + place] = (matrix[row * places + place] ?? 0) + 1 - part;
    const other = (high[place] ?? row) * places + place;
    matrix[other] = (matrix[other] ?? 0) + part;
  });
  return graph.floats(matrix, [side, places]);
}

/** How far apart in the image two neighbours of the result lie. */
function stepOf(from: number, to: number, alignCorners: unknown): number {
  return alignCorners === true && to > 1 ? (from - 1) / (to - 1) : from / to;
}

function mixture(from: number, to: number, placeOf: (index: number) => number): Mixture {
  const places = Array.from({ length: to }, (_, index) => placeOf(index));
  const low = places.map((place) => Math.min(from - 1, Math.max(0, Math.floor(place))));
  return {
    low,
    high: places.map((place) => Math.min(from - 1, Math.max(0, Math.ceil(place)))),
    share: places.map((place, index) => (place < 0 ? 0 : place - (low[index] ?? 0))),
  };
}

function bilinear(from: number, to: number, { alignCorners, halfPixelCenters }: KernelAttributes): Mixture {
  const step = stepOf(from, to, alignCorners);
  return mixture(from, to, (index) => (halfPixelCenters === true ? step * (index + 0.5) - 0.5 : step * index));
}

/** tfjs's gradients leave half pixels out of account. */
function bilinearOfGrad(from: number, to: number, { alignCorners }: KernelAttributes): Mixture {
  return bilinear(from, to, { alignCorners });
}

function nearest(from: number, to: number, { alignCorners, halfPixelCenters }: KernelAttributes): Mixture {
  const step = stepOf(from, to, alignCorners);
  return mixture(from, to, (index) => {
    const place = halfPixelCenters === true ? step * (index + 0.5) : step * index;
    return Math.min(from - 1, alignCorners === true ? Math.round(place) : Math.floor(place));
  });
}

function nearestOfGrad(from: number, to: number, { alignCorners }: KernelAttributes): Mixture {
  return nearest(from, to, { alignCorners });
}
