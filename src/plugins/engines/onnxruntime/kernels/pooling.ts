import * as tf from '@tensorflow/tfjs';
import type { OnnxGraph } from '../emit/onnx-graph.js';
import type { Kernel, KernelAttributes } from '../graph/kernel.js';
import type { Spec } from '../graph/spec.js';
import { floatSpec } from './shapes.js';
import { cast } from './casting.js';
import { paddingBehind } from './window.js';

const TO_NCHW = { perm: [0, 3, 1, 2] };
const TO_NHWC = { perm: [0, 2, 3, 1] };

/** Pooling of NHWC images, and its gradients. */
export const pooling: readonly Kernel[] = [
  pool('MaxPool', 'MaxPool'),
  pool('AvgPool', 'AveragePool'),
  {
    name: 'AvgPoolGrad',
    inputs: ['dy', 'input'],
    infer: ([, input]) => [floatSpec((input as Spec).shape)],
    lower: ({ graph, outputs, attributes }, [dy]) => {
      const { shape } = outputs[0] as Spec;
      const sizes = poolingOf(shape, attributes);
      const count = sizes.window[0] * sizes.window[1];
      const share = graph.floats(new Float32Array(count).fill(1 / count), [1, 1, ...sizes.window]);
      return [spreadNodes(graph, mapsOf(graph, dy as string, sizes.pooled), share, sizes, shape)];
    },
  },
  {
    name: 'MaxPoolGrad',
    inputs: ['dy', 'input', 'output'],
    infer: ([, input]) => [floatSpec((input as Spec).shape)],
    lower: ({ graph, outputs, attributes }, [dy, x, y]) => {
      const { shape } = outputs[0] as Spec;
      const sizes = poolingOf(shape, attributes);
      // A channel for each place of the window: what lies there, whether it is the largest, and the first that is.
      const seen = seenNodes(graph, mapsOf(graph, x as string, shape), sizes);
      const largest = cast(
        graph,
        graph.node('Equal', [seen, mapsOf(graph, y as string, sizes.pooled)]),
        'bool',
        'float32',
      );
      const isFirst = graph.node('Equal', [graph.node('CumSum', [largest, graph.ints(1)]), graph.floats(1)]);
      const first = graph.node('Mul', [largest, cast(graph, isFirst, 'bool', 'float32')]);
      const slopes = graph.node('Mul', [first, mapsOf(graph, dy as string, sizes.pooled)]);
      const count = sizes.window[0] * sizes.window[1];
      const places = Float32Array.from({ length: count * count }, (_, at) => (at % (count + 1) === 0 ? 1 : 0));
      return [spreadNodes(graph, slopes, graph.floats(places, [count, 1, ...sizes.window]), sizes, shape)];
    },
  },
];

interface PoolingSizes {
  readonly window: readonly [number, number];
  readonly strides: readonly [number, number];
  /** Top, left, and what ONNX needs at the bottom and right, which may be below zero. */
  readonly pads: readonly [number, number, number, number];
  /** Shape of the result. */
  readonly pooled: readonly number[];
}

function poolingOf(
  x: readonly number[],
  { filterSize, strides, pad, dimRoundingMode }: KernelAttributes,
): PoolingSizes {
  const sizes = tf.backend_util.computePool2DInfo(
    x as [number, number, number, number],
    filterSize as [number, number],
    strides as [number, number],
    1,
    pad as number,
    dimRoundingMode as 'floor' | 'round' | 'ceil' | undefined,
  );
  const { top, left } = sizes.padInfo;
  const rows = {
    input: sizes.inHeight,
    output: sizes.outHeight,
    window: sizes.filterHeight,
    stride: sizes.strideHeight,
  };
  const columns = {
    input: sizes.inWidth,
    output: sizes.outWidth,
    window: sizes.filterWidth,
    stride: sizes.strideWidth,
  };
  return {
    window: [sizes.filterHeight, sizes.filterWidth],
    strides: [sizes.strideHeight, sizes.strideWidth],
    pads: [
      top,
      left,
      paddingBehind({ ...rows, dilation: 1, before: top }),
      paddingBehind({ ...columns, dilation: 1, before: left }),
    ],
    pooled: sizes.outShape,
  };
}

const notBelowZero = (pads: readonly number[]): readonly number[] => pads.map((pad) => Math.max(0, pad));

function pool(name: string, op: string): Kernel {
  return {
    name,
    inputs: ['x'],
    infer: ([x], attributes) => {
      const { dtype, shape } = x as Spec;
      const { window, pads, pooled } = poolingOf(shape, attributes);
      // ONNX Runtime refuses windows that see nothing but padding.
      return pads.some((pad, at) => pad >= (window[at % 2] ?? 1)) ? undefined : [{ shape: pooled, dtype }];
    },
    lower: ({ graph, inputs, attributes }, [x]) => {
      const { dtype, shape } = inputs[0] as Spec;
      const { window, strides, pads } = poolingOf(shape, attributes);
      const image = graph.node('Transpose', [cast(graph, x as string, dtype, 'float32')], TO_NCHW);
      const pooled = graph.node(op, [image], {
        kernel_shape: window,
        strides,
        pads: notBelowZero(pads),
      });
      return [cast(graph, graph.node('Transpose', [pooled], TO_NHWC), 'float32', dtype)];
    },
  };
}

/** Each channel of each image as an image of its own, `[N * C, 1, H, W]`. */
function mapsOf(
  graph: OnnxGraph,
  x: string,
  [batch = 1, height = 1, width = 1, channels = 1]: readonly number[],
): string {
  return graph.reshape(graph.node('Transpose', [x], TO_NCHW), [batch * channels, 1, height, width]);
}

/** What each place of the windows sees, `[N * C, places, H', W']`. */
function seenNodes(graph: OnnxGraph, maps: string, { window, strides, pads, pooled }: PoolingSizes): string {
  const [top = 0, left = 0, bottom = 0, right = 0] = notBelowZero(pads);
  const filled = graph.node('Pad', [
    maps,
    graph.shape([0, 0, top, left, 0, 0, bottom, right]),
    graph.floats(-Infinity),
  ]);
  const [, rows = 1, columns = 1] = pooled;
  const places = Array.from({ length: window[0] * window[1] }, (_, at) => [Math.floor(at / window[1]), at % window[1]]);
  const slices = places.map(([row = 0, column = 0]) =>
    graph.node('Slice', [
      filled,
      graph.shape([row, column]),
      graph.shape([row + (rows - 1) * strides[0] + 1, column + (columns - 1) * strides[1] + 1]),
      graph.shape([2, 3]),
      graph.shape(strides),
    ]),
  );
  return graph.node('Concat', slices, { axis: 1 });
}

/** Gives each number of a result back to the window that it came from, times the weights: an image of `shape`. */
function spreadNodes(
  graph: OnnxGraph,
  maps: string,
  weights: string,
  { strides, pads }: PoolingSizes,
  [batch = 1, height = 1, width = 1, channels = 1]: readonly number[],
): string {
  const spread = graph.node('ConvTranspose', [maps, weights], {
    strides,
    pads: notBelowZero(pads),
    output_padding: [Math.max(0, -pads[2]), Math.max(0, -pads[3])],
  });
  return graph.node('Transpose', [graph.reshape(spread, [batch, channels, height, width])], TO_NHWC);
}
