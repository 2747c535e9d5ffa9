import type { CodecInfo } from '../contracts/codec.js';

/** Height and width of a cell of latents in pixels; nothing where images and latents have no grid in common. */
export function cellOf({ imageShape, latentShape }: CodecInfo): readonly [height: number, width: number] | undefined {
  if (imageShape.length < 3 || imageShape.length !== latentShape.length) return undefined;
  const [height, width] = [-3, -2].map((axis) => (imageShape.at(axis) ?? 0) / (latentShape.at(axis) ?? 1));
  return isWhole(height) && isWhole(width) ? [height, width] : undefined;
}

/** Shape of the images that latents of this shape stand for. */
export function imageShapeOf(info: CodecInfo, latentShape: readonly number[]): readonly number[] {
  const [height, width] = cellOf(info) ?? [];
  if (height === undefined || width === undefined) return info.imageShape;
  return resized(info.imageShape, height * (latentShape.at(-3) ?? 1), width * (latentShape.at(-2) ?? 1));
}

/** Shape of the latents of images of this shape, whose sides are multiples of a cell's. */
export function latentShapeOf(info: CodecInfo, imageShape: readonly number[]): readonly number[] {
  const [height, width] = cellOf(info) ?? [];
  if (height === undefined || width === undefined) return info.latentShape;
  return resized(info.latentShape, (imageShape.at(-3) ?? 1) / height, (imageShape.at(-2) ?? 1) / width);
}

function resized(shape: readonly number[], height: number, width: number): readonly number[] {
  return [...shape.slice(0, -3), height, width, shape.at(-1) ?? 1];
}

function isWhole(value: number | undefined): value is number {
  return Number.isSafeInteger(value) && Number(value) > 0;
}
