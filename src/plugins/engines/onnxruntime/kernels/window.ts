/** How windows (filters, pools) lie on an image, along one axis. */
export interface Windows {
  /** Sides of the image and of the result. */
  readonly input: number;
  readonly output: number;
  /** Numbers that a window sees, and their distance. */
  readonly window: number;
  readonly dilation: number;
  readonly stride: number;
  /** Padding before the image. */
  readonly before: number;
}

/**
 * Padding behind an image with which ONNX counts as many windows as tfjs does: it rounds down, tfjs as it is told. Below
 * zero where the last numbers are in no window.
 */
export function paddingBehind({ input, output, window, dilation, stride, before }: Windows): number {
  return (output - 1) * stride + (window - 1) * dilation + 1 - before - input;
}
