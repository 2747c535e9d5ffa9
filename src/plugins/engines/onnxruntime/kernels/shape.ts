import type { OnnxGraph } from '../emit/onnx-graph.js';
import { split } from '../emit/split.js';
import type { Kernel } from '../graph/kernel.js';
import { sizeOf, type ElementType, type Spec } from '../graph/spec.js';
import { axisOf } from './shapes.js';
import { cast, scalar } from './casting.js';

type Pads = readonly (readonly [number, number])[];

/** Kernels that move numbers but do not change them. */
export const shapeKernels: readonly Kernel[] = [
  {
    name: 'Transpose',
    inputs: ['x'],
    infer: ([x], { perm }) => [
      { shape: (perm as number[]).map((axis) => (x as Spec).shape[axis] ?? 1), dtype: (x as Spec).dtype },
    ],
    lower: ({ graph, attributes }, [x]) => [
      (attributes['perm'] as number[]).length === 0
        ? (x as string)
        : graph.node('Transpose', [x as string], { perm: attributes['perm'] as number[] }),
    ],
  },
  {
    name: 'Concat',
    infer: (inputs, { axis }) => {
      const { shape, dtype } = inputs[0] as Spec;
      const at = axisOf(axis as number, shape.length);
      if (inputs.some((input) => input.shape.toSpliced(at, 1).join() !== shape.toSpliced(at, 1).join()))
        return undefined;
      const length = inputs.reduce((sum, input) => sum + (input.shape[at] ?? 0), 0);
      return [{ shape: shape.map((side, index) => (index === at ? length : side)), dtype }];
    },
    lower: ({ graph, inputs, attributes }, names) => [
      graph.node('Concat', names, { axis: axisOf(attributes['axis'] as number, (inputs[0] as Spec).shape.length) }),
    ],
  },
  {
    name: 'SplitV',
    inputs: ['x'],
    givesList: true,
    infer: ([x], attributes) => {
      const { shape, dtype } = x as Spec;
      const { at, sizes } = splitOf(shape, attributes);
      if (!sizes.every((size) => Number.isInteger(size) && size >= 0)) return undefined;
      if (sizes.reduce((sum, size) => sum + size, 0) !== shape[at]) return undefined;
      return sizes.map((length) => ({ shape: shape.map((side, index) => (index === at ? length : side)), dtype }));
    },
    lower: ({ graph, inputs, attributes }, [x]) => {
      const { at, sizes } = splitOf((inputs[0] as Spec).shape, attributes);
      return split(graph, x as string, sizes, at);
    },
  },
  {
    name: 'Slice',
    inputs: ['x'],
    infer: ([x], attributes) => {
      const { shape, dtype } = x as Spec;
      const { begins, sizes } = sliceOf(shape, attributes);
      const isInside = begins.every((begin, axis) => begin >= 0 && begin + (sizes[axis] ?? 0) <= (shape[axis] ?? 0));
      return isInside ? [{ shape: sizes, dtype }] : undefined;
    },
    lower: ({ graph, inputs, attributes }, [x]) => {
      const { shape } = inputs[0] as Spec;
      const { begins, sizes } = sliceOf(shape, attributes);
      if (shape.length === 0) return [x as string];
      const ends = begins.map((begin, axis) => begin + (sizes[axis] ?? 0));
      const axes = shape.map((_, axis) => axis);
      return [graph.node('Slice', [x as string, graph.shape(begins), graph.shape(ends), graph.shape(axes)])];
    },
  },
  {
    name: 'PadV2',
    inputs: ['x'],
    infer: ([x], { paddings }) => [
      {
        shape: (x as Spec).shape.map((side, axis) => {
          const [before, after] = (paddings as Pads)[axis] ?? [0, 0];
          return before + side + after;
        }),
        dtype: (x as Spec).dtype,
      },
    ],
    lower: ({ graph, inputs, attributes }, [x]) => {
      const { dtype, shape } = inputs[0] as Spec;
      if (shape.length === 0) return [x as string];
      const pads = attributes['paddings'] as Pads;
      const counts = [...pads.map(([before]) => before), ...pads.map(([, after]) => after)];
      const value = (attributes['constantValue'] as number | undefined) ?? 0;
      return [paddedNodes(graph, x as string, dtype, counts, value)];
    },
  },
  {
    name: 'Tile',
    inputs: ['x'],
    infer: ([x], { reps }) => [
      {
        shape: (x as Spec).shape.map((side, axis) => side * ((reps as number[])[axis] ?? 1)),
        dtype: (x as Spec).dtype,
      },
    ],
    lower: ({ graph, attributes }, [x]) => [
      graph.node('Tile', [x as string, graph.shape(attributes['reps'] as number[])]),
    ],
  },
];

/** A shape in which one side may be -1: whatever is left. */
export function resolvedShape(from: readonly number[], shape: readonly number[]): readonly number[] {
  const known = shape.reduce((product, side) => (side < 0 ? product : product * side), 1);
  return shape.map((side) => (side < 0 ? sizeOf(from) / known : side));
}

function splitOf(shape: readonly number[], { axis, numOrSizeSplits }: Readonly<Record<string, unknown>>) {
  const at = axisOf(axis as number, shape.length);
  const length = shape[at] ?? 0;
  if (typeof numOrSizeSplits === 'number') {
    return { at, sizes: Array.from({ length: numOrSizeSplits }, () => length / numOrSizeSplits) };
  }
  const given = numOrSizeSplits as readonly number[];
  const known = given.reduce((sum, size) => sum + Math.max(size, 0), 0);
  return { at, sizes: given.map((size) => (size < 0 ? length - known : size)) };
}

function sliceOf(shape: readonly number[], { begin, size }: Readonly<Record<string, unknown>>) {
  const given = (value: unknown, missing: number): number[] => {
    const list = typeof value === 'number' ? [value] : (value as readonly number[]);
    return shape.map((_, axis) => list[axis] ?? missing);
  };
  const begins = given(begin, 0);
  const sizes = given(size ?? [], -1).map((side, axis) => (side < 0 ? (shape[axis] ?? 0) - (begins[axis] ?? 0) : side));
  return { begins, sizes };
}

/** Numbers with `value` around them; `counts` is what comes before each axis, then what comes behind. */
export function paddedNodes(
  graph: OnnxGraph,
  x: string,
  dtype: ElementType,
  counts: readonly number[],
  value: number,
): string {
  // ONNX Runtime pads no bools.
  const computed = dtype === 'bool' ? 'int32' : dtype;
  const typed = cast(graph, x, dtype, computed);
  return cast(graph, graph.node('Pad', [typed, graph.shape(counts), scalar(graph, value, computed)]), computed, dtype);
}
