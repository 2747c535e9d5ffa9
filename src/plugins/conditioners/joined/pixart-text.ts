import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { MOST, whole } from '../../../core/assembly/config-numbers.js';
import { definePlugin } from '../../../core/assembly/define-plugin.js';
import { slot } from '../../../core/assembly/injection.js';
import { Roles } from '../../../core/assembly/roles.js';
import type { ConditionContext, Conditioner, ConditionInputs } from '../../../core/contracts/conditioning.js';
import { evenRows, JoinedText } from './text-parts.js';

const side = whole(MOST.side);

const config = z.strictObject({
  sample_size: z
    .union([side, z.tuple([side, side])])
    .default(1024)
    .describe('height and width of images that say no size'),
});

/**
 * The conditions of a PixArt of 1024 pixels: the states of a text encoder (`conditioner:text`), and the size of the picture as
 * `resolution` (height, width) and `aspect_ratio` (height over width), both in pixels (Chen et al. 2024, appendix; as SDXL has
 * sizes). A condition is what the text encoder takes. When: the network is a PixArt that reads sizes.
 */
export const pixartText = definePlugin({
  role: Roles.conditioner,
  name: 'pixart-text',
  summary: 'The conditions of a PixArt that reads sizes: a text encoder, resolution and aspect ratio.',
  reference: 'Chen et al. 2024, "PixArt-alpha"; diffusers’ PixArtAlphaPipeline',
  tags: { when: 'the network is a PixArt that reads sizes' },
  config,
  inject: { text: slot(Roles.conditioner, 'text') },
  create({ config: { sample_size: own }, text }): Conditioner {
    const joined = new JoinedText({ text });
    const withSize = (inputs: ConditionInputs, ctx: ConditionContext): ConditionInputs => {
      const [height, width] = ctx.imageSize ?? (typeof own === 'number' ? [own, own] : own);
      const numbers = (data: Float32Array) => ({ kind: 'numbers', data, shape: [1, data.length] }) as const;
      const sizes = {
        resolution: numbers(Float32Array.of(height, width)),
        aspect_ratio: numbers(Float32Array.of(height / width)),
      };
      return evenRows({ ...inputs, ...sizes }, ctx.count);
    };
    return {
      ...joined.common(),
      gives: {
        ...text.gives,
        resolution: { dtype: 'float32', shape: [2] },
        aspect_ratio: { dtype: 'float32', shape: [1] },
      },
      prepare: async (said, ctx) => withSize(await joined.prepared({ text: said }, ctx), ctx),
      prepareNothing: async (ctx) => withSize(await joined.nothing(ctx), ctx),
      prepareBatch: async (columns, ctx) => withSize(await joined.ofBatch(columns, ctx), ctx),
      encode(parameters, { resolution, aspect_ratio, ...inputs }) {
        const { text: states = {} } = joined.encoded(parameters, inputs);
        return {
          ...states,
          resolution: tf.clone(resolution as tf.Tensor),
          aspect_ratio: tf.clone(aspect_ratio as tf.Tensor),
        };
      },
    };
  },
});
