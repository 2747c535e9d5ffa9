import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { FloatImages, ImageBatch, PixelImages } from '../../../src/core/contracts/images.js';
import type { PostProcessor } from '../../../src/core/contracts/post-processor.js';
import { postProcessorLaws } from '../../../src/testing/post-processor-laws.js';
import type { PluginDefinition } from '../../../src/core/assembly/define-plugin.js';
import { gif } from '../../../src/plugins/post-processors/gif.js';
import { png } from '../../../src/plugins/post-processors/png.js';
import { sheet } from '../../../src/plugins/post-processors/sheet.js';
import { toPixels } from '../../../src/plugins/post-processors/to-pixels.js';
import { upscale } from '../../../src/plugins/post-processors/upscale.js';

const make = (plugin: PluginDefinition<PostProcessor>, config: object = {}) =>
  plugin.create({ config: plugin.config.parse(config) }) as PostProcessor;

const floats: FloatImages = {
  kind: 'float',
  shape: [5, 4, 3, 1],
  data: Float32Array.from({ length: 60 }, (_, i) => Math.sin(i)),
};
const pixels: PixelImages = {
  kind: 'pixels',
  shape: [5, 4, 3, 3],
  data: Uint8Array.from({ length: 180 }, (_, i) => (i * 37) % 256),
};
const files: ImageBatch = { kind: 'files', files: [{ mediaType: 'image/png', bytes: Uint8Array.of(1) }] };

describe('laws', () => {
  it.each([
    { plugin: toPixels, config: {}, takes: floats, refuses: [pixels, files] },
    { plugin: upscale, config: { factor: 2 }, takes: floats, refuses: [files] },
    { plugin: upscale, config: { factor: 3, method: 'lanczos' }, takes: pixels, refuses: [files] },
    { plugin: sheet, config: {}, takes: floats, refuses: [files] },
    { plugin: sheet, config: { columns: 2 }, takes: pixels, refuses: [files] },
    { plugin: png, config: {}, takes: pixels, refuses: [floats, files] },
    { plugin: gif, config: {}, takes: pixels, refuses: [floats, files] },
  ])('$plugin.name keeps them on $takes.kind', async ({ plugin, config, takes, refuses }) => {
    await postProcessorLaws(make(plugin, config), { takes, refuses });
  });

  it('are broken by an impure post-processor', async () => {
    const lowers: PostProcessor = {
      process(batch) {
        if (batch.kind === 'float') batch.data[0] = 0.5;
        return batch;
      },
    };
    await expect(postProcessorLaws(lowers, { takes: structuredClone(floats) })).rejects.toThrow('not changed');
    const takesAll: PostProcessor = { process: (batch) => batch };
    await expect(postProcessorLaws(takesAll, { takes: floats, refuses: [files] })).rejects.toThrow('refused');
  });
});

describe('wrong input', () => {
  it('is named with what to put before', () => {
    return expect(make(png).process(floats)).rejects.toThrow(/postProcessor\/png[^]*`to-pixels` before it/);
  });

  it('is a shape that does not fit the data', () => {
    expect(() => make(sheet).process({ ...floats, shape: [5, 4, 4, 1] })).toThrow(/\[5, 4, 4, 1\] and 60 numbers/);
  });

  it.each([{}, { factor: 2, height: 8 }, { factor: 0 }, { height: 1.5 }, { factor: 2, filter: 'lanczos' }])(
    'is an upscale config like %j',
    (config) => {
      expect(upscale.config.safeParse(config).success).toBe(false);
    },
  );
});

describe('upscale', () => {
  it.each([
    [{ factor: 2 }, [8, 6]],
    [{ height: 8 }, [8, 6]],
    [{ width: 9 }, [12, 9]],
    [{ height: 7, width: 5 }, [7, 5]],
    [{ factor: 0.1 }, [1, 1]],
  ])('%j makes %j', async (config, size) => {
    const out = await make(upscale, config).process(floats);
    expect(out.kind === 'float' && out.shape).toEqual([5, ...size, 1]);
  });
});

describe('sheet', () => {
  it('takes the square root for columns and one grey for floats and pixels', async () => {
    const out = await make(sheet, { gap: 1, background: 0 }).process(pixels);
    expect(out).toMatchObject({ kind: 'pixels', shape: [1, 2 * 5 + 1, 3 * 4 + 1, 3] });
    expect(out.kind === 'pixels' && out.data[0]).toBe(128);
  });
});

describe('png', () => {
  it('writes one file an image with its text', async () => {
    const out = await make(png, { text: { recipe: '{"version":1}' } }).process(pixels);
    if (out.kind !== 'files') throw new Error('no files');
    expect(out.files.map(({ mediaType }) => mediaType)).toEqual(Array(5).fill('image/png'));
    const last = await sharp(out.files[4]?.bytes).raw().toBuffer();
    expect([...last]).toEqual([...pixels.data.slice(4 * 36)]);
    expect(new TextDecoder('latin1').decode(out.files[0]?.bytes)).toContain('recipe\0\0\0\0\0{"version":1}');
  });
});

describe('gif', () => {
  it('keeps frames, colours, delays and loop, as another decoder reads them', async () => {
    const out = await make(gif, { fps: 10, holdLast: 0.5 }).process(pixels);
    if (out.kind !== 'files') throw new Error('no files');
    const animated = sharp(out.files[0]?.bytes, { animated: true });
    expect(await animated.metadata()).toMatchObject({ pages: 5, delay: [100, 100, 100, 100, 500], loop: 0 });
    const decoded = await animated.removeAlpha().raw().toBuffer();
    expect([...decoded]).toEqual([...pixels.data]);
  });

  it('finds a palette for frames of more than 256 colours', async () => {
    const data = Uint8Array.from({ length: 40 * 40 * 3 }, (_, i) => [i % 120, (i / 120) % 256, 40][i % 3] ?? 0);
    const out = await make(gif, { loop: false }).process({ kind: 'pixels', shape: [1, 40, 40, 3], data });
    if (out.kind !== 'files') throw new Error('no files');
    const decoded = await sharp(out.files[0]?.bytes).removeAlpha().raw().toBuffer();
    const error = data.reduce((sum, value, i) => sum + Math.abs(value - (decoded[i] ?? 0)), 0) / data.length;
    expect(error).toBeLessThan(6);
  });

  it('refuses two channels', () => {
    const two: PixelImages = { kind: 'pixels', shape: [1, 1, 1, 2], data: new Uint8Array(2) };
    expect(() => make(gif).process(two)).toThrow(expect.objectContaining({ code: 'RXD_IMAGES_INVALID' }));
  });
});
