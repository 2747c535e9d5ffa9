import * as tf from '@tensorflow/tfjs';
import type { OnnxGraph } from '../emit/onnx-graph.js';
import type { Kernel, KernelAttributes } from '../graph/kernel.js';
import type { Spec } from '../graph/spec.js';

/** NHWC to NCHW and back, HWIO to OIHW, IOHW to HWIO. */
const TO_NCHW = [0, 3, 1, 2];
const TO_NHWC = [0, 2, 3, 1];
const TO_OIHW = [3, 2, 0, 1];
const TO_HWIO = [2, 3, 0, 1];

/** Sizes of a convolution: sides of the maps and the filter, steps, and padding before and after. */
export interface ConvolutionSizes {
  readonly batch: number;
  readonly input: readonly [height: number, width: number, channels: number];
  readonly output: readonly [height: number, width: number, channels: number];
  readonly filter: readonly [height: number, width: number];
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
  /** Top, left, bottom, right. */
  readonly pads: readonly [number, number, number, number];
}

/** The sizes of a call; `x` is the shape of the input image, `filter` that of the weights `[h, w, in, out]`. */
export function convolutionSizes(
  x: readonly number[],
  filter: readonly number[],
  attributes: KernelAttributes,
): ConvolutionSizes {
  const { strides, pad, dilations, dimRoundingMode } = attributes;
  const sizes = tf.backend_util.computeConv2DInfo(
    x as [number, number, number, number],
    filter as [number, number, number, number],
    strides as [number, number],
    (dilations as [number, number] | undefined) ?? 1,
    pad as number,
    dimRoundingMode as 'floor' | 'round' | 'ceil' | undefined,
  );
  return {
    batch: sizes.batchSize,
    input: [sizes.inHeight, sizes.inWidth, sizes.inChannels],
    output: [sizes.outHeight, sizes.outWidth, sizes.outChannels],
    filter: [sizes.filterHeight, sizes.filterWidth],
    strides: [sizes.strideHeight, sizes.strideWidth],
    dilations: [sizes.dilationHeight, sizes.dilationWidth],
    pads: [sizes.padInfo.top, sizes.padInfo.left, sizes.padInfo.bottom, sizes.padInfo.right],
  };
}

/** Channels last, and as many windows as fit: ONNX rounds their number down. */
const isPlain = ({ dataFormat, dimRoundingMode }: KernelAttributes): boolean =>
  (dataFormat ?? 'NHWC') === 'NHWC' && (dimRoundingMode ?? 'floor') === 'floor';

const attributesOf = ({ strides, dilations, pads }: ConvolutionSizes) => ({ strides, dilations, pads });

/** A convolution over NHWC images. */
export const conv2d: Kernel = {
  name: 'Conv2D',
  inputs: ['x', 'filter'],
  infer: ([x, filter], attributes) => {
    if (!isPlain(attributes)) return undefined;
    const { batch, output } = convolutionSizes((x as Spec).shape, (filter as Spec).shape, attributes);
    return [{ shape: [batch, ...output], dtype: 'float32' }];
  },
  lower: ({ graph, inputs, attributes }, [x, filter]) => {
    const sizes = convolutionSizes((inputs[0] as Spec).shape, (inputs[1] as Spec).shape, attributes);
    const image = graph.node('Transpose', [x as string], { perm: TO_NCHW });
    const weights = graph.node('Transpose', [filter as string], { perm: TO_OIHW });
    return [graph.node('Transpose', [graph.node('Conv', [image, weights], attributesOf(sizes))], { perm: TO_NHWC })];
  },
};

/** Convolutions and their gradients over NHWC images. */
export const convolution: readonly Kernel[] = [
  conv2d,
  {
    name: 'Conv2DBackpropInput',
    inputs: ['dy', 'filter'],
    infer: ([dy, filter], attributes) => {
      const shape = attributes['inputShape'] as readonly number[];
      if (!isPlain(attributes)) return undefined;
      const { batch, output } = convolutionSizes(shape, (filter as Spec).shape, attributes);
      return (dy as Spec).shape.join() === [batch, ...output].join() ? [{ shape, dtype: 'float32' }] : undefined;
    },
    lower: ({ graph, inputs, outputs, attributes }, [dy, filter]) => {
      const sizes = convolutionSizes((outputs[0] as Spec).shape, (inputs[1] as Spec).shape, attributes);
      const slope = graph.node('Transpose', [dy as string], { perm: TO_NCHW });
      const weights = graph.node('Transpose', [filter as string], { perm: TO_OIHW });
      return [graph.node('Transpose', [transposedConvolution(graph, slope, weights, sizes)], { perm: TO_NHWC })];
    },
  },
  {
    name: 'Conv2DBackpropFilter',
    inputs: ['x', 'dy'],
    infer: (_, attributes) =>
      isPlain(attributes) ? [{ shape: attributes['filterShape'] as number[], dtype: 'float32' }] : undefined,
    lower: ({ graph, inputs, outputs, attributes }, [x, dy]) => {
      const sizes = convolutionSizes((inputs[0] as Spec).shape, (outputs[0] as Spec).shape, attributes);
      const { strides, dilations, pads, filter } = sizes;
      // The batch plays the channels: an image of each input channel, a kernel of each output channel.
      const image = graph.node('Transpose', [x as string], { perm: [3, 0, 1, 2] });
      const kernel = graph.node('Transpose', [dy as string], { perm: [3, 0, 1, 2] });
      const slopes = graph.node('Conv', [image, kernel], { strides: dilations, dilations: strides, pads });
      const [inputChannels, outputChannels] = [sizes.input[2], sizes.output[2]];
      const cut = graph.node('Slice', [
        slopes,
        graph.shape([0, 0, 0, 0]),
        graph.shape([inputChannels, outputChannels, ...filter]),
      ]);
      return [graph.node('Transpose', [cut], { perm: TO_HWIO })];
    },
  },
];

/** The gradient of a convolution for its image, of slopes NCHW and weights OIHW: NCHW. */
export function transposedConvolution(
  graph: OnnxGraph,
  slope: string,
  weights: string,
  sizes: ConvolutionSizes,
): string {
  const missing = [0, 1].map((axis) => missingRows(sizes, axis as 0 | 1));
  return graph.node('ConvTranspose', [slope, weights], { ...attributesOf(sizes), output_padding: missing });
}

/** Rows of the input that no output looks at, because the strides do not reach them. */
function missingRows({ input, output, filter, strides, dilations, pads }: ConvolutionSizes, axis: 0 | 1): number {
  const reached = (output[axis] - 1) * strides[axis] + (filter[axis] - 1) * dilations[axis] + 1;
  const [before, after] = axis === 0 ? [pads[0], pads[2]] : [pads[1], pads[3]];
  return input[axis] + before + after - reached;
}
