import type { OnnxGraph } from '../emit/onnx-graph.js';
import { NCHWC } from './layout.js';

/** A convolution over blocked images. */
export interface NchwcConvolution {
  readonly x: string;
  readonly weights: string;
  readonly bias?: string | undefined;
  /** Added to the result, blocked as it is. */
  readonly addend?: string | undefined;
  readonly kernel: readonly [height: number, width: number];
  readonly strides?: readonly [number, number];
  readonly dilations?: readonly [number, number];
  /** Top, left, bottom, right. */
  readonly pads?: readonly [number, number, number, number];
  readonly group?: number;
}

/** ONNX Runtime's blocked convolution; `x` and `weights` are declared as NCHW and OIHW. */
export function nchwcConv(graph: OnnxGraph, { x, weights, bias, addend, ...sizes }: NchwcConvolution): string {
  const inputs = [x, weights, bias ?? '', addend ?? ''];
  while (inputs.at(-1) === '') inputs.pop();
  const attributes = {
    kernel_shape: sizes.kernel,
    strides: sizes.strides ?? [1, 1],
    dilations: sizes.dilations ?? [1, 1],
    pads: sizes.pads ?? [0, 0, 0, 0],
    group: sizes.group ?? 1,
  };
  return graph.node('Conv', inputs, attributes, NCHWC);
}
