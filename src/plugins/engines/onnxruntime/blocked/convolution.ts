import type { OnnxGraph } from '../emit/onnx-graph.js';
import type { Value } from '../graph/value.js';
import { convolutionSizes } from '../kernels/convolution.js';
import type { BlockedKernel } from './blocked-kernel.js';
import { imageOf } from './layout.js';
import { nchwcConv } from './nchwc-conv.js';
import type { Representations } from './representations.js';

/** A convolution with what follows it: a bias `[O]`, and an image that is added. Inputs: x, filter, bias, addend. */
export const blockedConvolution: BlockedKernel = (node, values) => {
  const [x, filter, bias, addend] = node.inputs as readonly [Value, Value, Value | undefined, Value | undefined];
  const output = node.outputs[0] as Value;
  if (!values.can(filter, 'filter') || !takesChannels(x, values)) return false;
  const { strides, dilations, pads, filter: kernel } = convolutionSizes(x.shape, filter.shape, node.attributes);
  const result = nchwcConv(values.graph, {
    x: channelsOf(x, values),
    weights: values.as(filter, 'filter'),
    bias: bias === undefined ? undefined : values.graph.reshape(values.as(bias, 'plain'), [bias.size]),
    addend: addend === undefined ? undefined : values.as(addend, 'blocked'),
    ...{ kernel, strides, dilations, pads },
  });
  values.set(output, 'blocked', result);
  return true;
};

/** Whether an image can be the input of a blocked convolution: whole blocks of channels, or fewer channels than a block. */
export function takesChannels(image: Value, values: Representations): boolean {
  return values.can(image, 'blocked') || (image.shape.length === 4 && imageOf(image)[3] < values.block);
}

/** An image as a blocked convolution takes it: blocked, or NCHW where it has fewer channels than a block. */
export function channelsOf(image: Value, values: Representations): string {
  if (values.can(image, 'blocked')) return values.as(image, 'blocked');
  return channelsFirst(values.graph, values.as(image, 'plain'), image);
}

/** NHWC to NCHW. */
export function channelsFirst(graph: OnnxGraph, x: string, image: Value): string {
  const [batch, height, width, channels] = imageOf(image);
  if (channels === 1) return graph.reshape(x, [batch, 1, height, width]);
  return graph.node('Transpose', [x], { perm: [0, 3, 1, 2] });
}
