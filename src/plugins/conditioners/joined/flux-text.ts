import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { nonNegative } from '../../../core/assembly/config-numbers.js';
import { definePlugin } from '../../../core/assembly/define-plugin.js';
import { slot } from '../../../core/assembly/injection.js';
import { Roles } from '../../../core/assembly/roles.js';
import type { Conditioner, ConditionInputs } from '../../../core/contracts/conditioning.js';
import { JoinedText, promptsSchema, saidPrompts } from './text-parts.js';

/** Names of a pooled state: with a projection, and without. */
const POOLED = ['text_embeds', 'pooler_output'] as const;

const config = z.strictObject({
  guidance_scale: nonNegative()
    .optional()
    .describe(
      'how strongly samples follow the text, for networks that are told (`guidance_embeds`); not said where absent',
    ),
});

const condition = z.strictObject({
  prompt: promptsSchema.prompt,
  prompt_2: promptsSchema.prompt_2,
  guidance_scale: z.number().min(0).optional(),
});

/**
 * The text conditions of Flux: the states of T5 (`conditioner:second`) as `encoder_hidden_states`, the pooled state of CLIP
 * (`conditioner:first`) as `pooled_projections` (Black Forest Labs 2024; diffusers' FluxPipeline). A condition is a text, a list, or
 * `{ prompt, prompt_2, guidance_scale }`: the first for CLIP, the second for T5, and where the network is told it, a scale as
 * `guidance`. When: the network is a Flux.
 */
export const fluxText = definePlugin({
  role: Roles.conditioner,
  name: 'flux-text',
  summary: 'The text conditions of Flux: states of T5, and the pooled state of CLIP.',
  reference: 'diffusers’ FluxPipeline; Esser et al. 2024, section 4 (pooled and whole states)',
  tags: { when: 'the network is a Flux' },
  config,
  inject: { first: slot(Roles.conditioner, 'first'), second: slot(Roles.conditioner, 'second') },
  create({ config: { guidance_scale: own }, first, second }): Conditioner {
    const joined = new JoinedText({ first, second });
    const pooled = joined.width('first', POOLED);
    const states = joined.width('second', ['encoder_hidden_states']);
    const withScale = (inputs: ConditionInputs, said = own): ConditionInputs => {
      if (own === undefined || said === undefined) return inputs;
      const rows = Object.values(inputs)[0]?.shape[0] ?? 1;
      return { ...inputs, guidance: { kind: 'numbers', data: new Float32Array(rows).fill(said), shape: [rows] } };
    };
    return {
      ...joined.common(),
      gives: {
        encoder_hidden_states: { dtype: 'float32', shape: ['tokens', states] },
        pooled_projections: { dtype: 'float32', shape: [pooled] },
        ...(own === undefined ? {} : { guidance: { dtype: 'float32', shape: [] } as const }),
      },
      async prepare(said, ctx) {
        const { prompt, prompt_2 = prompt, guidance_scale: scale } = saidPrompts(said, condition);
        return withScale(await joined.prepared({ first: prompt, second: prompt_2 }, ctx), scale);
      },
      prepareNothing: async (ctx) => withScale(await joined.nothing(ctx)),
      prepareBatch: async (columns, ctx) => withScale(await joined.ofBatch(columns, ctx)),
      encode(parameters, { guidance, ...inputs }) {
        const { first: clip = {}, second: t5 = {} } = joined.encoded(parameters, inputs);
        const pooledState = POOLED.map((name) => clip[name]).find((tensor) => tensor !== undefined);
        return {
          ...(t5['encoder_hidden_states'] ? { encoder_hidden_states: t5['encoder_hidden_states'] } : {}),
          ...(pooledState ? { pooled_projections: pooledState } : {}),
          ...(guidance ? { guidance: tf.clone(guidance) } : {}),
        };
      },
    };
  },
});
