import type { FloatImages, PixelImages } from '../contracts/images.js';
import { DiffusionError } from '../errors/diffusion-error.js';
import { checkMemory } from '../assembly/memory-limit.js';
import { checkShape } from './check-images.js';

/** How images are laid out on a sheet. */
export interface SheetLayout {
  /** Images in a row. */
  readonly columns: number;
  /** Pixels between neighbours and around all. */
  readonly gap: number;
  /** Value of the gap and of empty places, in the unit of the images. */
  readonly background: number;
}

/** Tiles the images of a batch, row by row, into one: `[1, …, …, channels]`. The last row may be part empty. */
export function tileImages<T extends FloatImages | PixelImages>(images: T, layout: SheetLayout): T;
export function tileImages(images: FloatImages | PixelImages, layout: SheetLayout): FloatImages | PixelImages {
  checkShape(images);
  const [count, height, width, channels] = images.shape;
  const { columns, gap, background } = checkedLayout(layout);
  const sheetHeight = gap + Math.ceil(count / columns) * (height + gap);
  const sheetWidth = gap + columns * (width + gap);
  const shape = [1, sheetHeight, sheetWidth, channels] as const;
  const length = sheetHeight * sheetWidth * channels;
  checkMemory([{ what: `a sheet of ${sheetWidth} x ${sheetHeight} pixels`, bytes: 4 * length }]);
  const line = width * channels;
  const paste = (data: Float32Array | Uint8Array): void => {
    for (let i = 0; i < count * height; i += 1) {
      const image = Math.floor(i / height);
      const top = gap + Math.floor(image / columns) * (height + gap) + (i % height);
      const left = gap + (image % columns) * (width + gap);
      data.set(images.data.subarray(i * line, (i + 1) * line), (top * sheetWidth + left) * channels);
    }
  };
  if (images.kind === 'float') {
    const data = new Float32Array(length).fill(background);
    paste(data);
    return { kind: 'float', shape, data };
  }
  const data = new Uint8Array(length).fill(background);
  paste(data);
  return { kind: 'pixels', shape, data };
}

function checkedLayout(layout: SheetLayout): SheetLayout {
  const { columns, gap, background } = layout;
  const whole = Number.isSafeInteger(columns) && columns > 0 && Number.isSafeInteger(gap) && gap >= 0;
  if (whole && Number.isFinite(background)) return layout;
  throw new DiffusionError('RXD_IMAGES_INVALID', {
    problem: 'images cannot be laid out like this.',
    got: `columns ${columns}, gap ${gap}, background ${background}`,
    expected: 'a positive whole number of columns, a gap of 0 or more whole pixels, and a number',
    fix: 'correct the layout of the sheet.',
  });
}
