import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { MOST, whole } from '../../../core/assembly/config-numbers.js';
import { definePlugin } from '../../../core/assembly/define-plugin.js';
import { optional, slot } from '../../../core/assembly/injection.js';
import { Roles } from '../../../core/assembly/roles.js';
import type { Conditioner, Conditioning } from '../../../core/contracts/conditioning.js';
import { JoinedText, promptsSchema, saidPrompts } from './text-parts.js';

const config = z.strictObject({
  joint_attention_dim: whole(MOST.width).default(4096).describe('width of a token as the network reads it'),
  empty_tokens: whole(MOST.tokens)
    .default(77)
    .describe('tokens of zeros in place of T5’s, where there is no third encoder'),
});

const condition = z.strictObject(promptsSchema);

/**
 * The text conditions of Stable Diffusion 3: the states of two CLIP encoders (`conditioner:first`, `conditioner:second`) side
 * by side and filled up with zeros, then those of T5 (`conditioner:third`, zeros where there is none), as
 * `encoder_hidden_states`; both pooled states as `pooled_projections` (Esser et al. 2024, section 4). A condition is a text,
 * a list, or `{ prompt, prompt_2, prompt_3 }`. When: the network is a Stable Diffusion 3 or 3.5.
 */
export const stableDiffusion3Text = definePlugin({
  role: Roles.conditioner,
  name: 'stable-diffusion-3-text',
  summary: 'The text conditions of Stable Diffusion 3: two CLIP encoders side by side, then T5.',
  reference: 'Esser et al. 2024, "Scaling Rectified Flow Transformers", section 4; diffusers’ StableDiffusion3Pipeline',
  tags: { when: 'the network is a Stable Diffusion 3 or 3.5' },
  config,
  inject: {
    first: slot(Roles.conditioner, 'first'),
    second: slot(Roles.conditioner, 'second'),
    third: optional(slot(Roles.conditioner, 'third')),
  },
  create({ config: { joint_attention_dim: width, empty_tokens: tokens }, first, second, third }): Conditioner {
    const joined = new JoinedText({ first, second, ...(third ? { third } : {}) });
    const pooled = joined.width('first', ['text_embeds']) + joined.width('second', ['text_embeds']);
    return {
      ...joined.common(),
      gives: {
        encoder_hidden_states: { dtype: 'float32', shape: ['tokens', width] },
        pooled_projections: { dtype: 'float32', shape: [pooled] },
      },
      prepare(said, ctx) {
        const { prompt, prompt_2 = prompt, prompt_3 = prompt } = saidPrompts(said, condition);
        return joined.prepared({ first: prompt, second: prompt_2, third: prompt_3 }, ctx);
      },
      prepareNothing: (ctx) => joined.nothing(ctx),
      prepareBatch: (columns, ctx) => joined.ofBatch(columns, ctx),
      encode(parameters, inputs) {
        const parts = joined.encoded(parameters, inputs);
        const of = (label: string, name: string): tf.Tensor => (parts[label] as Conditioning)[name] as tf.Tensor;
        const clip = tf.concat([of('first', STATES), of('second', STATES)], 2);
        const [rows = 0, , narrow = 0] = clip.shape;
        const filled = tf.concat([clip, tf.zeros([rows, clip.shape[1] ?? 0, width - narrow])], 2);
        const t5 = parts['third'] ? of('third', STATES) : tf.zeros([rows, tokens, width]);
        return {
          encoder_hidden_states: tf.concat([filled, t5], 1),
          pooled_projections: tf.concat([of('first', 'text_embeds'), of('second', 'text_embeds')], 1),
        };
      },
    };
  },
});

const STATES = 'encoder_hidden_states';
