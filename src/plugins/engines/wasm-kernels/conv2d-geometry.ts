import * as tf from '@tensorflow/tfjs';

/** Sizes of a convolution without dilation. */
export interface Conv2dGeometry {
  readonly batch: number;
  readonly input: Side2d;
  readonly output: Side2d;
  readonly filter: Side2d;
  readonly stride: Side2d;
  /** Padding before the first row and column. */
  readonly before: Side2d;
  readonly inChannels: number;
  readonly outChannels: number;
}

/** A number for each of the two spatial axes. */
export interface Side2d {
  readonly height: number;
  readonly width: number;
}

/** Reads the attributes that tfjs gives to the gradients of `Conv2D`. */
export function conv2dGeometry(
  attrs: Readonly<Record<string, unknown>>,
  inputShape: number[],
  filterShape: number[],
): Conv2dGeometry {
  const info = tf.backend_util.computeConv2DInfo(
    inputShape as [number, number, number, number],
    filterShape as [number, number, number, number],
    attrs['strides'] as [number, number],
    1,
    attrs['pad'] as 'same',
    attrs['dimRoundingMode'] as 'floor',
  );
  return {
    batch: info.batchSize,
    input: { height: info.inHeight, width: info.inWidth },
    output: { height: info.outHeight, width: info.outWidth },
    filter: { height: info.filterHeight, width: info.filterWidth },
    stride: { height: info.strideHeight, width: info.strideWidth },
    before: { height: info.padInfo.top, width: info.padInfo.left },
    inChannels: info.inChannels,
    outChannels: info.outChannels,
  };
}

/** Attributes of a `Conv2D` with stride 1 and explicit padding. */
export function conv2dAttributes(
  top: number,
  bottom: number,
  left: number,
  right: number,
  dilation: Side2d,
): Readonly<Record<string, unknown>> {
  return {
    strides: [1, 1],
    pad: [
      [0, 0],
      [top, bottom],
      [left, right],
      [0, 0],
    ],
    dataFormat: 'NHWC',
    dilations: [dilation.height, dilation.width],
    dimRoundingMode: 'floor',
  };
}
