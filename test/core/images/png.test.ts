import { inflateSync } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { crc32 } from '../../../src/core/images/png.js';
import { encodePng } from '../../../src/core/images/png.js';
import type { PixelImages } from '../../../src/core/contracts/images.js';

function picture(count: number, height: number, width: number, channels: number): PixelImages {
  const data = Uint8Array.from({ length: count * height * width * channels }, (_, i) => (i * i * 7 + (i >> 3)) % 256);
  return { kind: 'pixels', shape: [count, height, width, channels], data };
}

/** Splits a PNG into chunks, checking each length and checksum: strict where viewers are lenient. */
function chunksOf(png: Uint8Array): { type: string; body: Uint8Array }[] {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  expect([...png.subarray(0, 8)]).toEqual([137, 80, 78, 71, 13, 10, 26, 10]);
  const chunks = [];
  let at = 8;
  while (at < png.length) {
    const length = view.getUint32(at);
    expect(view.getUint32(at + 8 + length)).toBe(crc32(png.subarray(at + 4, at + 8 + length)));
    const type = new TextDecoder().decode(png.subarray(at + 4, at + 8));
    chunks.push({ type, body: png.subarray(at + 8, at + 8 + length) });
    at += 12 + length;
  }
  return chunks;
}

describe('encodePng', () => {
  it.each([1, 3, 4])('is read back by another decoder: %i channels', async (channels) => {
    const images = picture(2, 13, 9, channels);
    for (const index of [0, 1]) {
      const png = await encodePng(images, index);
      const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
      const size = 13 * 9 * channels;
      expect([info.height, info.width]).toEqual([13, 9]);
      const want = images.data.subarray(index * size, (index + 1) * size);
      const got = info.channels === channels ? data : data.filter((_, i) => i % info.channels === 0);
      expect([...got]).toEqual([...want]);
    }
  });

  it('writes well-formed chunks and all of the rows', async () => {
    const chunks = chunksOf(await encodePng(picture(1, 5, 4, 3), 0, { recipe: '{"größe":1}', Title: 'x' }));
    expect(chunks.map(({ type }) => type)).toEqual(['IHDR', 'iTXt', 'iTXt', 'IDAT', 'IEND']);
    expect(new TextDecoder().decode(chunks[1]?.body)).toBe('recipe\0\0\0\0\0{"größe":1}');
    expect(inflateSync(chunks[3]?.body ?? new Uint8Array()).length).toBe(5 * (4 * 3 + 1));
  });

  it('makes smooth pictures small', async () => {
    const data = Uint8Array.from({ length: 64 * 64 }, (_, i) => (i % 64) * 2 + Math.floor(i / 64));
    const png = await encodePng({ kind: 'pixels', shape: [1, 64, 64, 1], data });
    expect(png.length).toBeLessThan(200);
  });

  it('refuses channels and keywords that PNG cannot hold', async () => {
    await expect(encodePng(picture(1, 2, 2, 2))).rejects.toMatchObject({ code: 'RXD_IMAGES_INVALID' });
    for (const keyword of ['', ' a', 'ü', 'a'.repeat(80)]) {
      await expect(encodePng(picture(1, 2, 2, 1), 0, { [keyword]: '' })).rejects.toMatchObject({
        code: 'RXD_IMAGES_INVALID',
      });
    }
  });
});

describe('crc32', () => {
  it('gives the check value of its catalogue entry', () => {
    expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
  });
});
