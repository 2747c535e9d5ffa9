import { lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { definePlugin } from '../../src/core/assembly/define-plugin.js';
import { Roles } from '../../src/core/assembly/roles.js';
import { batchOf } from '../../src/core/training/batch-columns.js';
import type { Codec } from '../../src/core/contracts/codec.js';
import { diffusion } from '../../src/pipelines/diffusion.js';
import { standardPlugins } from '../../src/pipelines/presets/standard-plugins.js';
import type { TrainOptions } from '../../src/pipelines/train-function.js';
import { patches } from '../../src/plugins/codecs/patches.js';

let encoded = 0;

/** `patches`, that counts the rows that it encodes. */
const counted = definePlugin({
  role: Roles.codec,
  name: 'counted',
  config: z.strictObject({}),
  create: async (): Promise<Codec> => {
    const codec = await patches.create({ config: { height: 4, width: 4, channels: 1, patch: 2, scale: 1 } });
    return {
      ...codec,
      encode: (parameters, images) => {
        encoded += images.shape[0] ?? 0;
        return codec.encode(parameters, images);
      },
    };
  },
});

/** Images of a number each, in another order in each epoch. */
const small = definePlugin({
  role: Roles.dataset,
  name: 'small',
  config: z.strictObject({ size: z.int().default(12) }),
  create: ({ config: { size } }) => ({
    info: { name: 'small', size, shape: [4, 4, 1] },
    batch({ epoch, index, size: count }) {
      const example = (row: number): number => ((index * count + row) * 5 + epoch) % size;
      const data = Float32Array.from({ length: count * 16 }, (_, i) =>
        Math.sin(example(Math.floor(i / 16)) * 16 + (i % 16)),
      );
      return batchOf(data, [count, 4, 4, 1]);
    },
  }),
});

const unet = {
  ...{ sample_size: 2, in_channels: 4, out_channels: 4, block_out_channels: [4], layers_per_block: 1 },
  ...{ down_block_types: ['DownBlock2D'], up_block_types: ['UpBlock2D'], norm_num_groups: 2, add_attention: false },
};

async function trainedWith(train: object, ask: TrainOptions = {}, options: object = {}, size = 12) {
  const plugins = {
    engine: 'tfjs-cpu',
    codec: 'counted',
    dataset: { name: 'small', config: { size } },
    denoiser: { name: 'unet2d', config: unet },
  };
  const recipe = { format: 1, preset: 'flow', plugins, train: { steps: 12, batchSize: 4, ...train } };
  await using pipeline = await diffusion(recipe, { plugins: [...standardPlugins, counted, small], ...options });
  encoded = 0;
  const events = await lastValueFrom(pipeline.train.events(ask).pipe(toArray()));
  return { encoded, losses: events.flatMap((event) => (event.kind === 'step' ? [event.loss] : [])) };
}

describe('training on latents from a cache', () => {
  it('encodes one epoch, and has the losses of training on the fly', async () => {
    const fly = await trainedWith({});
    expect(fly.encoded).toBe(48);
    const cached = await trainedWith({ latentCache: 1 });
    expect(cached.encoded).toBe(12);
    expect(cached.losses).toEqual(fly.losses);
    const asked = await trainedWith({}, { latentCache: 1, tiling: { size: 4 } });
    expect(asked).toEqual(cached);
  });

  it('keeps one for each run, and counts for the limit of memory', async () => {
    expect((await trainedWith({ latentCache: 1 })).encoded).toBe(12);
    // No more is estimated than the latents of all examples.
    const few = trainedWith({ latentCache: 1_000_000, steps: 3 }, {}, { memoryLimit: 1 });
    await expect(few).resolves.toMatchObject({ encoded: 12 });
    const many = (latentCache: number) => trainedWith({ latentCache, steps: 1 }, {}, { memoryLimit: 100 }, 1_000_000);
    await expect(many(10)).resolves.toMatchObject({ encoded: 4 });
    await expect(many(1000)).rejects.toMatchObject({
      code: 'RXD_MEMORY_LIMIT',
      message: expect.stringContaining('latentCache') as string,
    });
  });

  it.each([-1, 0.5, '1'])('refuses %j megabytes', async (latentCache) => {
    await expect(trainedWith({ latentCache })).rejects.toMatchObject({ code: 'RXD_RECIPE_INVALID' });
    await expect(trainedWith({}, { latentCache: latentCache as number })).rejects.toMatchObject({
      code: 'RXD_REQUEST_INVALID',
    });
  });
});
