import * as tf from '@tensorflow/tfjs';
import type { OnnxGraph } from '../emit/onnx-graph.js';
import { split } from '../emit/split.js';
import type { Kernel, KernelAttributes } from '../graph/kernel.js';
import type { Spec } from '../graph/spec.js';
import { axisOf } from './shapes.js';

const { slice_util } = tf;

/** Padding before and behind, an axis each. */
export type Pads = readonly (readonly [number, number])[];

/** More kernels that move numbers but do not change them. */
export const rearranging: readonly Kernel[] = [
  {
    name: 'ExpandDims',
    inputs: ['input'],
    infer: ([input], { dim }) => {
      const { shape, dtype } = input as Spec;
      const at = axisOf(dim as number, shape.length + 1);
      return isAxis(at, shape.length + 1) ? [{ shape: withSide(shape, at, 1), dtype }] : undefined;
    },
    lower: ({ graph, outputs }, [input]) => [graph.reshape(input as string, (outputs[0] as Spec).shape)],
  },
  {
    name: 'Pack',
    infer: (inputs, { axis }) => {
      const { shape, dtype } = inputs[0] as Spec;
      if (inputs.some((input) => input.dtype !== dtype || input.shape.join() !== shape.join())) return undefined;
      return [{ shape: withSide(shape, axis as number, inputs.length), dtype }];
    },
    lower: ({ graph, inputs, outputs, attributes }, names) => {
      const { shape } = inputs[0] as Spec;
      const at = axisOf(attributes['axis'] as number, (outputs[0] as Spec).shape.length);
      const apart = names.map((name) => graph.reshape(name, withSide(shape, at, 1)));
      return [graph.node('Concat', apart, { axis: at })];
    },
  },
  {
    name: 'Unpack',
    inputs: ['value'],
    givesList: true,
    infer: ([value], { axis }) => {
      const { shape, dtype } = value as Spec;
      const at = axisOf(axis as number, shape.length);
      return Array.from({ length: shape[at] ?? 0 }, () => ({
        shape: shape.toSpliced(at, 1),
        dtype,
      }));
    },
    lower: ({ graph, inputs, outputs, attributes }, [value]) => {
      const at = axisOf(attributes['axis'] as number, (inputs[0] as Spec).shape.length);
      const slices = split(
        graph,
        value as string,
        outputs.map(() => 1),
        at,
      );
      return slices.map((slice) => graph.reshape(slice, (outputs[0] as Spec).shape));
    },
  },
  {
    name: 'Reverse',
    inputs: ['x'],
    infer: ([x], attributes) => {
      const { shape } = x as Spec;
      const isSound = shape.length === 0 || reversedAxes(shape, attributes).every((axis) => isAxis(axis, shape.length));
      return isSound ? [x as Spec] : undefined;
    },
    lower: ({ graph, inputs, attributes }, [x]) => {
      const { shape } = inputs[0] as Spec;
      const axes = reversedAxes(shape, attributes);
      if (axes.length === 0 || shape.length === 0) return [x as string];
      return [
        slicedNodes(graph, x as string, {
          axes,
          begins: axes.map(() => -1),
          ends: axes.map(() => BEFORE),
          steps: axes.map(() => -1),
        }),
      ];
    },
  },
  {
    name: 'StridedSlice',
    inputs: ['x'],
    infer: ([x], attributes) => [
      {
        ...(x as Spec),
        shape: stridesOf((x as Spec).shape, attributes).finalShape,
      },
    ],
    lower: ({ graph, inputs, outputs, attributes }, [x]) => {
      const { shape } = inputs[0] as Spec;
      const { begin, end, strides } = stridesOf(shape, attributes);
      const ends = end.map((at, axis) => ((strides[axis] ?? 1) < 0 && at < 0 ? BEFORE : at));
      const axes = shape.map((_, axis) => axis);
      const sliced = slicedNodes(graph, x as string, {
        axes,
        begins: begin,
        ends,
        steps: strides,
      });
      return [graph.reshape(sliced, (outputs[0] as Spec).shape)];
    },
  },
  {
    name: 'MirrorPad',
    inputs: ['x'],
    infer: ([x], { paddings }) => [{ ...(x as Spec), shape: padded((x as Spec).shape, paddings as Pads) }],
    lower: ({ graph, inputs, attributes }, [x]) => {
      const skipped = attributes['mode'] === 'reflect' ? 1 : 0;
      return [
        (inputs[0] as Spec).shape.reduce((filled, side, axis) => {
          const [before, after] = (attributes['paddings'] as Pads)[axis] ?? [0, 0];
          if (before + after === 0) return filled;
          const indices = Int32Array.from({ length: before + side + after }, (_, at) =>
            mirrored(at - before, side, skipped),
          );
          return graph.node('Gather', [filled, graph.ints(indices)], { axis });
        }, x as string),
      ];
    },
  },
];

const isAxis = (axis: number, rank: number): boolean => Number.isInteger(axis) && axis >= 0 && axis < rank;

function reversedAxes(shape: readonly number[], { dims }: KernelAttributes): readonly number[] {
  const given = typeof dims === 'number' ? [dims] : ((dims as number[] | undefined) ?? shape.map((_, axis) => axis));
  return [...new Set(given.map((axis) => axisOf(axis, shape.length)))];
}

/** An end of a backward slice: before the first element. */
const BEFORE = -(2 ** 31);

/** A slice of some axes. */
interface SliceSteps {
  readonly axes: readonly number[];
  readonly begins: readonly number[];
  readonly ends: readonly number[];
  readonly steps: readonly number[];
}

/** Numbers from begins to ends in steps, along some axes. */
export function slicedNodes(graph: OnnxGraph, x: string, { axes, begins, ends, steps }: SliceSteps): string {
  return graph.node('Slice', [x, ...[begins, ends, axes, steps].map((list) => graph.shape(list))]);
}

function withSide(shape: readonly number[], axis: number, side: number): number[] {
  return shape.toSpliced(axisOf(axis, shape.length + 1), 0, side);
}

/** A shape with padding around it. */
export function padded(shape: readonly number[], pads: Pads): number[] {
  return shape.map((side, axis) => side + (pads[axis]?.[0] ?? 0) + (pads[axis]?.[1] ?? 0));
}

/** Which of `side` elements stands at a place before, in or behind them; the edge is seen twice where none is skipped. */
function mirrored(place: number, side: number, skipped: number): number {
  if (place < 0) return -place - 1 + skipped;
  return place < side ? place : 2 * side - place - 1 - skipped;
}

function stridesOf(shape: readonly number[], attributes: KernelAttributes) {
  const { begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask } = attributes;
  return slice_util.sliceInfo(
    [...shape],
    begin as number[],
    end as number[],
    strides as number[],
    beginMask as number,
    endMask as number,
    ellipsisMask as number,
    newAxisMask as number,
    shrinkAxisMask as number,
  );
}
