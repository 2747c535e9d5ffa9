/**
 * Pictures: from samples to pixels, sheets, PNG and GIF, and charts of numbers.
 *
 * @packageDocumentation
 */
export { lineChart, type ChartOptions, type ChartSeries } from './core/images/chart.js';
export { tileImages, type SheetLayout } from './core/images/sheet.js';
export { encodePng } from './core/images/png.js';
export { encodeGif } from './plugins/post-processors/gif.js';
export { toPixels } from './core/images/to-pixels.js';
export { resizeImages, type ResizeTarget } from './core/images/resize.js';
export type { ResizeMethod } from './core/images/resize-weights.js';
export type { Colour } from './core/images/strokes.js';
export type {
  EncodedImages,
  FloatImages,
  ImageBatch,
  ImageFile,
  ImageShape,
  PixelImages,
} from './core/contracts/images.js';
