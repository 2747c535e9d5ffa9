import * as tf from '@tensorflow/tfjs';
import type { OnnxGraph } from '../emit/onnx-graph.js';
import type { Kernel, KernelAttributes } from '../graph/kernel.js';
import { sizeOf, type Spec } from '../graph/spec.js';
import { axisOf } from './shapes.js';
import { cast, scalar } from './casting.js';

/** Kernels that read and write where indices say. */
export const gathering: readonly Kernel[] = [
  {
    name: 'GatherV2',
    inputs: ['x', 'indices'],
    infer: ([x, indices], attributes) => [
      {
        shape: gatherOf(x as Spec, indices as Spec, attributes).outputShape,
        dtype: (x as Spec).dtype,
      },
    ],
    lower: ({ graph, inputs, outputs, attributes }, [x, indices]) => {
      const [from, at] = inputs as readonly [Spec, Spec];
      const { batchSize, outerSize, dimSize, sliceSize } = gatherOf(from, at, attributes);
      const places = knownPlaces(graph, cast(graph, indices as string, at.dtype, 'int32'), dimSize, batchSize);
      const { shape } = outputs[0] as Spec;
      if (batchSize === 1) {
        const rows = graph.reshape(x as string, [outerSize, dimSize, sliceSize]);
        return [
          graph.reshape(graph.node('Gather', [rows, graph.reshape(places, [sizeOf(at.shape)])], { axis: 1 }), shape),
        ];
      }
      // The rows of all batches stand in one list: those of batch b begin at b times their number.
      const count = sizeOf(at.shape) / batchSize;
      const rows = graph.node('Transpose', [graph.reshape(x as string, [batchSize, outerSize, dimSize, sliceSize])], {
        perm: [1, 0, 2, 3],
      });
      const begins = graph.ints(
        Int32Array.from({ length: batchSize }, (_, batch) => batch * dimSize),
        [batchSize, 1],
      );
      const list = graph.reshape(graph.node('Add', [graph.reshape(places, [batchSize, count]), begins]), [
        batchSize * count,
      ]);
      const found = graph.node('Gather', [graph.reshape(rows, [outerSize, batchSize * dimSize, sliceSize]), list], {
        axis: 1,
      });
      const apart = graph.reshape(found, [outerSize, batchSize, count, sliceSize]);
      return [graph.reshape(graph.node('Transpose', [apart], { perm: [1, 0, 2, 3] }), shape)];
    },
  },
  {
    name: 'GatherNd',
    inputs: ['params', 'indices'],
    infer: ([params, indices]) => {
      const [from, at] = [params as Spec, indices as Spec];
      const depth = at.shape.at(-1) ?? 0;
      return depth === 0 || depth > from.shape.length || at.dtype !== 'int32'
        ? undefined
        : [
            {
              shape: [...at.shape.slice(0, -1), ...from.shape.slice(depth)],
              dtype: from.dtype,
            },
          ];
    },
    lower: ({ graph }, [params, indices]) => [
      graph.node('GatherND', [params as string, cast(graph, indices as string, 'int32', 'int64')]),
    ],
  },
  {
    name: 'ScatterNd',
    inputs: ['indices', 'updates'],
    infer: ([indices, updates], { shape }) =>
      canScatter(indices as Spec, updates as Spec, shape as number[])
        ? [{ shape: shape as number[], dtype: (updates as Spec).dtype }]
        : undefined,
    lower: ({ graph, inputs, outputs }, [indices, updates]) => {
      const { shape, dtype } = outputs[0] as Spec;
      const zeros = graph.node('Expand', [scalar(graph, 0, dtype), graph.shape(shape)]);
      return [scatterNodes(graph, zeros, placesOf(graph, indices as string, inputs[0]), updates as string, 'add')];
    },
  },
  {
    name: 'TensorScatterUpdate',
    inputs: ['tensor', 'indices', 'updates'],
    infer: ([tensor, indices, updates]) =>
      canScatter(indices as Spec, updates as Spec, (tensor as Spec).shape) ? [tensor as Spec] : undefined,
    lower: ({ graph, inputs }, [tensor, indices, updates]) => [
      scatterNodes(graph, tensor as string, placesOf(graph, indices as string, inputs[1]), updates as string, 'none'),
    ],
  },
  {
    name: 'UnsortedSegmentSum',
    inputs: ['x', 'segmentIds'],
    infer: ([x, segmentIds], { numSegments }) =>
      (segmentIds as Spec).shape.length !== 1 || (x as Spec).dtype === 'bool'
        ? undefined
        : [
            {
              shape: [numSegments as number, ...(x as Spec).shape.slice(1)],
              dtype: 'float32',
            },
          ],
    lower: ({ graph, inputs, outputs, attributes }, [x, segmentIds]) => {
      const [from, at] = inputs as readonly [Spec, Spec];
      const count = attributes['numSegments'] as number;
      const { shape } = outputs[0] as Spec;
      // Rows whose segment does not exist go to one more, which is cut off.
      const ids = cast(graph, segmentIds as string, at.dtype, 'int32');
      const isThere = isWithin(graph, ids, count);
      const places = graph.reshape(graph.node('Where', [isThere, ids, graph.ints(count)]), [at.shape[0] ?? 0, 1]);
      const zeros = graph.node('Expand', [graph.floats(0), graph.shape([count + 1, ...shape.slice(1)])]);
      const sums = scatterNodes(graph, zeros, places, cast(graph, x as string, from.dtype, 'float32'), 'add');
      return [graph.node('Slice', [sums, graph.shape([0]), graph.shape([count]), graph.shape([0])])];
    },
  },
];

/** Places outside the rows, behind those of all batches: ONNX Runtime counts negative ones from the end, tfjs refuses both. */
function knownPlaces(graph: OnnxGraph, places: string, rows: number, batches: number): string {
  return graph.node('Where', [isWithin(graph, places, rows), places, graph.ints(rows * batches)]);
}

/** Whether whole numbers are 0 or more, and less than `end`. */
function isWithin(graph: OnnxGraph, x: string, end: number): string {
  const isReached = graph.node('GreaterOrEqual', [x, graph.ints(0)]);
  return graph.node('And', [isReached, graph.node('Less', [x, graph.ints(end)])]);
}

function gatherOf(x: Spec, indices: Spec, { axis, batchDims }: KernelAttributes) {
  return tf.backend_util.segment_util.collectGatherOpShapeInfo(
    x as unknown as tf.TensorInfo,
    indices as unknown as tf.TensorInfo,
    axisOf(axis as number, x.shape.length),
    (batchDims as number | undefined) ?? 0,
  );
}

/** Indices `[..., depth]`, or a list of rows, and updates of all they point to; of others tfjs's own kernel knows what to say. */
function canScatter(indices: Spec, updates: Spec, shape: readonly number[]): boolean {
  const depth = depthOf(indices);
  const rows = indices.shape.length > 1 ? indices.shape.slice(0, -1) : indices.shape;
  const expected = [...rows, ...shape.slice(depth)];
  return depth > 0 && rows.length > 0 && updates.dtype !== 'bool' && updates.shape.join() === expected.join();
}

const depthOf = ({ shape }: Spec): number => (shape.length > 1 ? (shape.at(-1) ?? 0) : 1);

function placesOf(graph: OnnxGraph, indices: string, spec: Spec | undefined): string {
  const { shape } = spec as Spec;
  return shape.length > 1 ? indices : graph.reshape(indices, [...shape, 1]);
}

function scatterNodes(
  graph: OnnxGraph,
  into: string,
  indices: string,
  updates: string,
  reduction: 'add' | 'none',
): string {
  return graph.node('ScatterND', [into, cast(graph, indices, 'int32', 'int64'), updates], { reduction });
}
