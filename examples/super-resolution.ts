/**
 * Super-resolution: a small image is the condition of a large one, as a column of the dataset. 4 x 4 pixels become 8 x 8.
 *
 *     npx tsx examples/super-resolution.ts
 */
import { pathToFileURL } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { defineRecipe, definePlugin, diffusion, loadDigits, Roles, slot } from 'rxdiffusion';
import type { Conditioner, Dataset, Denoiser } from 'rxdiffusion';
import { nodePlugins } from 'rxdiffusion/node';
import { z } from 'zod';

const none = z.strictObject({});

/** Digits with a second column: the same image, half as high and wide. */
const twoSizes = definePlugin({
  role: Roles.dataset,
  name: 'two-sizes',
  config: none,
  inject: { images: slot(Roles.dataset, 'images') },
  create: ({ images }): Dataset => ({
    info: {
      name: 'two-sizes',
      size: images.info.size,
      shape: [8, 8, 1],
      columns: {
        data: { kind: 'numbers', dtype: 'float32', shape: [8, 8, 1] },
        low: { kind: 'numbers', dtype: 'float32', shape: [4, 4, 1] },
      },
    },
    async batch(request) {
      const { count, columns } = await images.batch(request);
      const { data } = columns;
      if (data?.kind !== 'numbers') throw new Error('the slot dataset:images holds no images');
      return { count, columns: { data, low: { kind: 'numbers', data: halved(data.data), shape: [count, 4, 4, 1] } } };
    },
  }),
});

/** The small image, enlarged to the size of the large one. */
const lowImage = definePlugin({
  role: Roles.conditioner,
  name: 'low-image',
  config: none,
  create: (): Conditioner => ({
    reads: ['low'],
    gives: { image: { dtype: 'float32', shape: [8, 8, 1] } },
    prepare: (images) => {
      const data = Float32Array.from(images as Float32Array);
      return { low: { kind: 'numbers', data, shape: [data.length / 16, 4, 4, 1] } };
    },
    prepareBatch({ low }) {
      if (low?.kind !== 'numbers') throw new Error('the dataset has no column of small images');
      return { low };
    },
    encode: (_, { low }) => ({ image: tf.image.resizeBilinear(low as tf.Tensor4D, [8, 8], false, true) }),
  }),
});

/** A network that reads an image beside the noisy sample: as a second channel of the network in the slot denoiser:unet. */
const besideImage = definePlugin({
  role: Roles.denoiser,
  name: 'beside-image',
  config: none,
  inject: { unet: slot(Roles.denoiser, 'unet') },
  create: ({ unet }): Denoiser => ({
    info: { sampleShape: [8, 8, 1], takes: { image: { dtype: 'float32', shape: [8, 8, 1] } } },
    parameters: unet.parameters,
    layout: (name) => unet.layout?.(name) ?? 'same',
    predict: (weights, x, time, { image }) => unet.predict(weights, tf.concat([x, image as tf.Tensor], 3), time, {}),
    // The weights belong to the other slot.
    dispose: () => undefined,
  }),
});

/** How much is computed. */
export interface SuperResolutionSettings {
  readonly engine: 'auto' | 'tfjs-cpu';
  readonly channels: readonly [number, number];
  readonly updates: number;
  readonly steps: number;
}

const FULL: SuperResolutionSettings = { engine: 'auto', channels: [16, 32], updates: 400, steps: 20 };

/** How far the large images, made small again, are from the small ones that were asked for, and from other ones. */
export async function superResolution(
  settings: SuperResolutionSettings = FULL,
): Promise<{ own: number; other: number }> {
  const plugins = [...nodePlugins, twoSizes, lowImage, besideImage];
  const { engine, channels, updates, steps } = settings;
  const network = {
    sample_size: 8,
    in_channels: 2,
    out_channels: 1,
    block_out_channels: [...channels],
    layers_per_block: 1,
  };
  const recipe = defineRecipe(plugins, {
    preset: 'flow',
    plugins: {
      engine,
      'dataset:images': 'digits',
      dataset: 'two-sizes',
      conditioner: 'low-image',
      'denoiser:unet': {
        name: 'unet2d',
        config: {
          ...network,
          norm_num_groups: 8,
          down_block_types: ['DownBlock2D', 'DownBlock2D'],
          up_block_types: ['UpBlock2D', 'UpBlock2D'],
        },
      },
      denoiser: 'beside-image',
      optimizer: { name: 'adamw', config: { learningRate: 3e-3 } },
    },
    train: { steps: updates, batchSize: 32 },
    sample: { steps, clip: { range: 1 } },
  });
  await using pipeline = await diffusion(recipe, { plugins });
  using trained = await pipeline.train();
  const asked = halved((await loadDigits()).data.subarray(0, 20 * 64));
  using result = await pipeline.sample({ parameters: trained.parameters, condition: asked, count: 20 });
  const made = halved(result.images().data);
  return { own: distance(made, asked, 0), other: distance(made, asked, 1) };
}

/** Means of 2 x 2 pixels of images of 8 x 8. */
function halved(images: ArrayLike<number>): Float32Array {
  return Float32Array.from({ length: images.length / 4 }, (_, i) => {
    const [image, row, column] = [Math.floor(i / 16), Math.floor(i / 4) % 4, i % 4];
    const at = (y: number, x: number): number => images[image * 64 + (2 * row + y) * 8 + 2 * column + x] ?? 0;
    return (at(0, 0) + at(0, 1) + at(1, 0) + at(1, 1)) / 4;
  });
}

/** Mean distance of each pixel to that of the image `shift` further on. */
function distance(a: Float32Array, b: Float32Array, shift: number): number {
  return a.reduce((sum, value, i) => sum + Math.abs(value - (b[(i + 16 * shift) % b.length] ?? 0)), 0) / a.length;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { own, other } = await superResolution();
  console.log(
    `made small again, images are ${own.toFixed(3)} from what was asked for, ${other.toFixed(3)} from another one`,
  );
}
