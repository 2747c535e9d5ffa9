import * as gifencModule from 'gifenc';
import type { Colour, Gifenc } from 'gifenc';
import { z } from 'zod';
import { positive } from '../../core/assembly/config-numbers.js';
import type { PixelImages } from '../../core/contracts/images.js';
import { DiffusionError } from '../../core/errors/diffusion-error.js';
import { checkShape, expectPixels } from '../../core/images/check-images.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';

// Node sees gifenc's CommonJS file, where everything hangs on `default`; bundlers see its ES module.
const gifenc: Gifenc = 'GIFEncoder' in gifencModule ? gifencModule : (gifencModule as { default: Gifenc }).default;

const config = z.strictObject({
  fps: positive(50).default(12).describe('Frames a second; GIF counts in hundredths of a second.'),
  holdLast: z.number().min(0).max(60).default(1).describe('Seconds that the last frame stays, instead of 1 / fps.'),
  loop: z.boolean().default(true).describe('Whether it starts again for ever.'),
});

/** How `encodeGif` plays the frames. */
type GifTiming = z.output<typeof config>;

/**
 * One animated GIF file: each image of the batch is a frame, of at most 256 colours.
 * Source: GIF89a, encoded by gifenc.
 * When: a run, or a film, is to be shown as one file.
 */
export const gif = definePlugin({
  role: Roles.postProcessor,
  name: 'gif',
  summary: 'One animated GIF file: each image of the batch is a frame.',
  reference: 'GIF89a; encoded by gifenc',
  tags: { gives: 'file', when: 'a run, or a film, is to be shown as one file' },
  config,
  create: ({ config }) => ({
    process: (batch) => ({
      kind: 'files',
      files: [{ mediaType: 'image/gif', bytes: encodeGif(expectPixels(batch, 'postProcessor/gif'), config) }],
    }),
  }),
});

/**
 * Encodes images as the frames of a GIF. Frames of at most 256 colours (every grey one) keep their colours exactly;
 * others get a palette of 256.
 *
 * @throws DiffusionError `RXD_IMAGES_INVALID` if the channels are neither 1 nor 3.
 */
export function encodeGif(images: PixelImages, { fps, holdLast, loop }: GifTiming): Uint8Array<ArrayBuffer> {
  checkShape(images, 'postProcessor/gif');
  const [count, height, width, channels] = images.shape;
  if (channels !== 1 && channels !== 3) throw wrongChannels(channels);
  const stream = gifenc.GIFEncoder();
  const size = height * width * channels;
  for (let frame = 0; frame < count; frame += 1) {
    const { index, palette } = indexed(images.data.subarray(frame * size, (frame + 1) * size), channels);
    const delay = frame === count - 1 ? Math.max(1 / fps, holdLast) * 1000 : 1000 / fps;
    stream.writeFrame(index, width, height, { palette, delay, repeat: loop ? 0 : -1 });
  }
  stream.finish();
  return stream.bytes();
}

interface IndexedFrame {
  readonly index: Uint8Array;
  readonly palette: readonly Colour[];
}

function indexed(frame: Uint8Array, channels: 1 | 3): IndexedFrame {
  const exact = exactPalette(frame, channels);
  if (exact) return exact;
  const rgba = new Uint8Array((frame.length / channels) * 4).fill(255);
  for (let i = 0; i * channels < frame.length; i += 1) rgba.set(colourAt(frame, i, channels), i * 4);
  const palette = gifenc.quantize(rgba, 256);
  return { index: gifenc.applyPalette(rgba, palette), palette };
}

/** The frame with a palette of its own colours, or nothing if they are more than 256. */
function exactPalette(frame: Uint8Array, channels: 1 | 3): IndexedFrame | undefined {
  const places = new Map<number, number>();
  const palette: Colour[] = [];
  const index = new Uint8Array(frame.length / channels);
  for (let i = 0; i < index.length; i += 1) {
    const colour = colourAt(frame, i, channels);
    const key = (colour[0] << 16) | (colour[1] << 8) | colour[2];
    if (!places.has(key)) {
      if (palette.length === 256) return undefined;
      places.set(key, palette.push(colour) - 1);
    }
    index[i] = places.get(key) ?? 0;
  }
  return { index, palette };
}

function colourAt(frame: Uint8Array, pixel: number, channels: 1 | 3): Colour {
  const at = pixel * channels;
  const step = channels === 3 ? 1 : 0;
  return [frame[at] ?? 0, frame[at + step] ?? 0, frame[at + 2 * step] ?? 0];
}

function wrongChannels(channels: number): DiffusionError {
  return new DiffusionError('RXD_IMAGES_INVALID', {
    problem: 'GIF cannot hold images with this number of channels.',
    got: `${channels} channels`,
    expected: '1 (grey) or 3 (RGB)',
    fix: 'drop the other channels first.',
    plugin: 'postProcessor/gif',
  });
}
