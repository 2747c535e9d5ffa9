import * as tf from '@tensorflow/tfjs';
import type { OnnxGraph } from '../emit/onnx-graph.js';
import type { Kernel, KernelAttributes } from '../graph/kernel.js';
import type { Spec } from '../graph/spec.js';
import { paddingBehind } from './window.js';

const TO_NCHW = { perm: [0, 3, 1, 2] };
const TO_NHWC = { perm: [0, 2, 3, 1] };

interface DepthwiseSizes {
  readonly channels: number;
  readonly filter: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
  /** Top, left, and what ONNX needs at the bottom and right, which may be below zero. */
  readonly pads: readonly [number, number, number, number];
  /** Shape of the result. */
  readonly result: readonly number[];
}

/** A convolution of each channel by filters of its own. */
export const depthwiseConv2d: Kernel = {
  name: 'DepthwiseConv2dNative',
  inputs: ['x', 'filter'],
  infer: ([x, filter], attributes) => {
    if (!isPlain(attributes)) return undefined;
    return [{ shape: sizesOf((x as Spec).shape, (filter as Spec).shape, attributes).result, dtype: 'float32' }];
  },
  lower: ({ graph, inputs, attributes }, [x, filter]) => {
    const { shape } = inputs[1] as Spec;
    const { channels, strides, dilations, pads } = sizesOf((inputs[0] as Spec).shape, shape, attributes);
    const image = graph.node('Transpose', [x as string], TO_NCHW);
    const convolved = graph.node('Conv', [image, weightsOf(graph, filter as string, shape)], {
      group: channels,
      strides,
      dilations,
      pads: notBelowZero(pads),
    });
    return [graph.node('Transpose', [convolved], TO_NHWC)];
  },
};

/** Depthwise convolutions and their gradients over NHWC images. */
export const depthwise: readonly Kernel[] = [
  depthwiseConv2d,
  {
    name: 'DepthwiseConv2dNativeBackpropInput',
    inputs: ['dy', 'filter'],
    infer: (_, attributes) =>
      isPlain(attributes) ? [{ shape: attributes['inputShape'] as readonly number[], dtype: 'float32' }] : undefined,
    lower: ({ graph, inputs, outputs, attributes }, [dy, filter]) => {
      const { shape } = inputs[1] as Spec;
      const { channels, strides, dilations, pads } = sizesOf((outputs[0] as Spec).shape, shape, attributes);
      const slope = graph.node('Transpose', [dy as string], TO_NCHW);
      const back = graph.node('ConvTranspose', [slope, weightsOf(graph, filter as string, shape)], {
        group: channels,
        strides,
        dilations,
        pads: notBelowZero(pads),
        output_padding: [Math.max(0, -pads[2]), Math.max(0, -pads[3])],
      });
      return [graph.node('Transpose', [back], TO_NHWC)];
    },
  },
  {
    name: 'DepthwiseConv2dNativeBackpropFilter',
    inputs: ['x', 'dy'],
    infer: (_, attributes) =>
      isPlain(attributes) ? [{ shape: attributes['filterShape'] as readonly number[], dtype: 'float32' }] : undefined,
    lower: ({ graph, inputs, outputs, attributes }, [x, dy]) => {
      const [image, slope] = inputs as readonly [Spec, Spec];
      const { shape } = outputs[0] as Spec;
      const { channels, strides, dilations, pads, filter } = sizesOf(image.shape, shape, attributes);
      // The batch plays the channels of a group: an image of each input channel, kernels of its output channels.
      const maps = (
        name: string,
        { shape: [batch = 1, height = 1, width = 1, depth = 1] }: Spec,
        dims: number[],
      ): string =>
        graph.reshape(
          graph.node('Transpose', [name], { perm: [3, 0, 1, 2] }),
          [...dims, height, width].map((side) => (side < 0 ? batch * depth : side)),
        );
      const convolved = graph.node(
        'Conv',
        [maps(x as string, image, [1, -1]), graph.node('Transpose', [dy as string], { perm: [3, 0, 1, 2] })],
        { group: channels, strides: dilations, dilations: strides, pads: notBelowZero(pads) },
      );
      const [height, width] = filter;
      const cut = graph.node('Slice', [
        convolved,
        graph.shape([0, 0]),
        graph.shape([height, width]),
        graph.shape([2, 3]),
      ]);
      const apart = graph.reshape(cut, [channels, (slope.shape[3] ?? 1) / channels, height, width]);
      return [graph.node('Transpose', [apart], { perm: [2, 3, 0, 1] })];
    },
  },
];

const isPlain = ({ dataFormat, dimRoundingMode }: KernelAttributes): boolean =>
  (dataFormat ?? 'NHWC') === 'NHWC' && (dimRoundingMode ?? 'floor') === 'floor';

const notBelowZero = (pads: readonly number[]): readonly number[] => pads.map((pad) => Math.max(0, pad));

/** `[h, w, in, multiplier]` as `[in * multiplier, 1, h, w]`. */
function weightsOf(
  graph: OnnxGraph,
  filter: string,
  [height = 1, width = 1, channels = 1, multiplier = 1]: readonly number[],
): string {
  return graph.reshape(graph.node('Transpose', [filter], { perm: [2, 3, 0, 1] }), [
    channels * multiplier,
    1,
    height,
    width,
  ]);
}

function sizesOf(x: readonly number[], filter: readonly number[], attributes: KernelAttributes): DepthwiseSizes {
  const { strides, pad, dilations } = attributes;
  const sizes = tf.backend_util.computeConv2DInfo(
    x as [number, number, number, number],
    filter as [number, number, number, number],
    strides as [number, number],
    (dilations as [number, number] | undefined) ?? 1,
    pad as number,
    'floor',
    true,
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
    channels: sizes.inChannels,
    filter: [sizes.filterHeight, sizes.filterWidth],
    strides: [sizes.strideHeight, sizes.strideWidth],
    dilations: [sizes.dilationHeight, sizes.dilationWidth],
    pads: [
      top,
      left,
      paddingBehind({ ...rows, dilation: sizes.dilationHeight, before: top }),
      paddingBehind({ ...columns, dilation: sizes.dilationWidth, before: left }),
    ],
    result: sizes.outShape,
  };
}
