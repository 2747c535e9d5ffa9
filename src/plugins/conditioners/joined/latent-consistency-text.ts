import type * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { MOST, nonNegative, whole } from '../../../core/assembly/config-numbers.js';
import { definePlugin } from '../../../core/assembly/define-plugin.js';
import { slot } from '../../../core/assembly/injection.js';
import { Roles } from '../../../core/assembly/roles.js';
import type { Conditioner, ConditionInputs } from '../../../core/contracts/conditioning.js';
import { sinusoid } from '../../../core/networks/sinusoid.js';
import { JoinedText, promptsSchema, saidPrompts } from './text-parts.js';

const STATES = 'encoder_hidden_states';

const config = z.strictObject({
  guidance_scale: nonNegative()
    .default(8.5)
    .describe('how strongly samples follow the text, where a condition does not say'),
  time_cond_proj_dim: whole(MOST.width, 2)
    .default(256)
    .describe('width of the embedding of that scale, as the network reads it'),
});

const condition = z.strictObject({ prompt: promptsSchema.prompt, guidance_scale: z.number().min(0).optional() });

/**
 * The conditions of a latent consistency model: the states of a text encoder (`conditioner:text`) as `encoder_hidden_states`,
 * and the guidance scale, which it was distilled with, as the embedding `timestep_cond` of `1000 (scale - 1)` (Luo et al. 2023,
 * section 4.2). A condition is a text, a list, or `{ prompt, guidance_scale }`. When: the network is a latent consistency model,
 * in the place of a guidance.
 */
export const latentConsistencyText = definePlugin({
  role: Roles.conditioner,
  name: 'latent-consistency-text',
  summary: 'The conditions of a latent consistency model: a text encoder, and the guidance scale as an embedding.',
  reference: 'Luo et al. 2023, "Latent Consistency Models", section 4.2; diffusers’ LatentConsistencyModelPipeline',
  tags: { when: 'the network is a latent consistency model' },
  config,
  inject: { text: slot(Roles.conditioner, 'text') },
  create({ config: { guidance_scale: own, time_cond_proj_dim: width }, text }): Conditioner {
    const joined = new JoinedText({ text });
    const withScale = (inputs: ConditionInputs, scale = own): ConditionInputs => {
      const rows = Object.values(inputs)[0]?.shape[0] ?? 1;
      const data = new Float32Array(rows).fill(1000 * (scale - 1));
      return { ...inputs, guidance: { kind: 'numbers', data, shape: [rows] } };
    };
    return {
      ...joined.common(),
      gives: {
        [STATES]: { dtype: 'float32', shape: ['tokens', joined.width('text', [STATES])] },
        timestep_cond: { dtype: 'float32', shape: [width] },
      },
      async prepare(said, ctx) {
        const { prompt, guidance_scale: scale } = saidPrompts(said, condition);
        return withScale(await joined.prepared({ text: prompt }, ctx), scale);
      },
      prepareBatch: async (columns, ctx) => withScale(await joined.ofBatch(columns, ctx)),
      encode(parameters, { guidance, ...inputs }) {
        const { text: states = {} } = joined.encoded(parameters, inputs);
        return {
          [STATES]: states[STATES] as tf.Tensor,
          timestep_cond: sinusoid(guidance as tf.Tensor1D, { width, freqShift: 1, flipSinToCos: false }),
        };
      },
    };
  },
});
