import type { PixelImages } from '../contracts/images.js';
import { DiffusionError } from '../errors/diffusion-error.js';
import { checkShape } from './check-images.js';
import { deflate } from './compression.js';
import { filterRows } from './png-filters.js';

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** CRC-32 as PNG, gzip and zip use it (reflected polynomial 0xEDB88320; PNG specification, annex D). */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (TABLE[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const COLOUR_TYPES: Readonly<Record<number, number>> = { 1: 0, 3: 2, 4: 6 };

/**
 * Encodes one image of a batch as PNG: grey for 1 channel, RGB for 3, RGBA for 4, eight bits each.
 *
 * @param index - Which image of the batch.
 * @param text - Written as `iTXt` chunks (UTF-8), for example `{ recipe: JSON.stringify(recipe) }`. Keywords are 1 to 79
 * printable ASCII characters.
 * @throws DiffusionError `RXD_IMAGES_INVALID` if the channels are not 1, 3 or 4, or a keyword cannot be written.
 */
export async function encodePng(
  images: PixelImages,
  index = 0,
  text: Readonly<Record<string, string>> = {},
): Promise<Uint8Array<ArrayBuffer>> {
  checkShape(images);
  const [count, height, width, channels] = images.shape;
  if (!(Number.isSafeInteger(index) && index >= 0 && index < count)) throw noSuchImage(index, count);
  const colourType = COLOUR_TYPES[channels];
  if (colourType === undefined) throw wrongChannels(channels);
  const size = height * width * channels;
  const rows = filterRows(images.data.subarray(index * size, (index + 1) * size), width * channels, channels);
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, colourType, 0, 0, 0], 8);
  const texts = Object.entries(text).map(([keyword, value]) => chunk('iTXt', textBytes(keyword, value)));
  const end = chunk('IEND', new Uint8Array());
  return concatenate([SIGNATURE, chunk('IHDR', header), ...texts, chunk('IDAT', await deflate(rows)), end]);
}

function chunk(type: string, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(body.length + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, body.length);
  bytes.set(new TextEncoder().encode(type), 4);
  bytes.set(body, 8);
  view.setUint32(body.length + 8, crc32(bytes.subarray(4, body.length + 8)));
  return bytes;
}

/** Keyword, end mark, not compressed, no language, no translated keyword, text (PNG specification, 11.3.3.4). */
function textBytes(keyword: string, value: string): Uint8Array {
  if (!/^[!-~](?:[ -~]{0,77}[!-~])?$/.test(keyword)) throw wrongKeyword(keyword);
  return new TextEncoder().encode(`${keyword}\0\0\0\0\0${value}`);
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function wrongChannels(channels: number): DiffusionError {
  return new DiffusionError('RXD_IMAGES_INVALID', {
    problem: 'PNG cannot hold images with this number of channels.',
    got: `${channels} channels`,
    expected: '1 (grey), 3 (RGB) or 4 (RGBA)',
    fix: 'decode latents to images first, or pick the channels to show.',
  });
}

function noSuchImage(index: number, count: number): DiffusionError {
  return new DiffusionError('RXD_IMAGES_INVALID', {
    problem: 'the batch has no such image.',
    got: `index ${index}`,
    expected: `an index from 0 to ${count - 1}`,
    fix: 'ask for an image of the batch.',
  });
}

function wrongKeyword(keyword: string): DiffusionError {
  return new DiffusionError('RXD_IMAGES_INVALID', {
    problem: 'PNG cannot hold a text under this keyword.',
    got: JSON.stringify(keyword),
    expected: '1 to 79 printable ASCII characters, no space at either end',
    fix: 'rename the key of `text`.',
  });
}
