import { filled, type NdArray } from './array.js';

/** Sizes of an ONNX convolution. */
export interface Window {
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Top, left, bottom, right. */
  readonly pads: readonly number[];
  readonly group: number;
}

type Four = readonly [number, number, number, number];

/** `Conv` over NCHW images and OIHW weights, by its definition. */
export function convolved(x: NdArray, weights: NdArray, { strides, dilations, pads, group }: Window): NdArray {
  const [batch, channels, height, width] = x.dims as Four;
  const [outputs, depth, rows, columns] = weights.dims as Four;
  if (depth * group !== channels) throw new Error(`${channels} channels, weights for ${depth} in ${group} groups`);
  if (pads.some((pad) => pad < 0)) throw new Error(`negative padding ${pads.join()}`);
  const [down, right, deep, wide] = [...strides, ...dilations] as unknown as Four;
  const [top, left, bottom, end] = pads as Four;
  const outHeight = Math.floor((height + top + bottom - (rows - 1) * deep - 1) / down) + 1;
  const outWidth = Math.floor((width + left + end - (columns - 1) * wide - 1) / right) + 1;
  return filled(x, [batch, outputs, outHeight, outWidth], (place) => {
    const [column, row] = [place % outWidth, Math.floor(place / outWidth) % outHeight];
    const output = Math.floor(place / (outWidth * outHeight)) % outputs;
    const sample = Math.floor(place / (outWidth * outHeight * outputs));
    const first = Math.floor(output / (outputs / group)) * depth;
    let sum = 0;
    for (let i = 0; i < depth; i++) {
      for (let h = 0; h < rows; h++) {
        const y = row * down + h * deep - top;
        if (y < 0 || y >= height) continue;
        const line = ((sample * channels + first + i) * height + y) * width;
        for (let w = 0; w < columns; w++) {
          const at = column * right + w * wide - left;
          if (at < 0 || at >= width) continue;
          sum +=
            (x.data[line + at] as number) * (weights.data[((output * depth + i) * rows + h) * columns + w] as number);
        }
      }
    }
    return sum;
  });
}
