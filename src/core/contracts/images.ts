/** `[count, height, width, channels]`, channels last. */
export type ImageShape = readonly [count: number, height: number, width: number, channels: number];

/** Images as floats in [-1, 1], plain data (NHWC, row by row). */
export interface FloatImages {
  readonly kind: 'float';
  readonly shape: ImageShape;
  readonly data: Float32Array;
}

/** Images as bytes 0 … 255 (NHWC). */
export interface PixelImages {
  readonly kind: 'pixels';
  readonly shape: ImageShape;
  readonly data: Uint8Array;
}

/** An encoded picture, ready to be written to a file or sent. */
export interface ImageFile {
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

/** Encoded pictures. */
export interface EncodedImages {
  readonly kind: 'files';
  readonly files: readonly ImageFile[];
}

/** What flows through post-processors: floats, then pixels, then files. */
export type ImageBatch = FloatImages | PixelImages | EncodedImages;
