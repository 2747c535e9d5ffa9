import { z } from 'zod';
import { listOf, MOST, positive, whole } from '../../../core/assembly/config-numbers.js';
import { textOptions } from '../text/text-options.js';
import { withoutNotes } from '../text/transformers-json.js';

const ACTIVATIONS = ['quick_gelu', 'gelu', 'gelu_new', 'relu', 'silu'] as const;

const fields = z.strictObject({
  architectures: listOf(z.string(), 4)
    .nullish()
    .describe('CLIPTextModelWithProjection has a projection of the pooled state; none where absent'),
  vocab_size: whole(MOST.vocabulary).default(49_408).describe('token ids'),
  hidden_size: whole(MOST.width).default(512).describe('width of a token'),
  intermediate_size: whole(MOST.width).default(2048).describe('width inside the feed-forward layers'),
  projection_dim: whole(MOST.width).nullish().describe('width of the projected pooled state; 512 where absent'),
  num_hidden_layers: whole(MOST.layers).default(12).describe('layers'),
  num_attention_heads: whole(MOST.width).default(8).describe('heads of the attentions'),
  max_position_embeddings: whole(MOST.layers, 3).default(77).describe('tokens that are read at once'),
  hidden_act: z.enum(ACTIVATIONS).default('quick_gelu').describe('activation of the feed-forward layers'),
  layer_norm_eps: positive().default(1e-5).describe('epsilon of the norms'),
  eos_token_id: z
    .int()
    .min(0)
    .max(MOST.vocabulary)
    .nullish()
    .describe('where the pooled state is taken: its first place; 2: the largest id'),
  hidden_states: z
    .enum(['last', 'penultimate'])
    .default('last')
    .describe(
      'ours: `last` with the final norm, `penultimate` the layer before it without (Stable Diffusion XL and 3)',
    ),
  clip_skip: whole(MOST.layers, 0)
    .nullish()
    .describe('ours: layers that are left out at the end of `hidden_states`; the pooled state stays'),
  clip_skip_negative: z
    .boolean()
    .default(true)
    .describe('ours: `clip_skip` holds for the unconditional side too; diffusers has false'),
  pooled: z.boolean().nullish().describe('ours: give the pooled state; where absent, as `architectures` says'),
  chunks: whole(64)
    .default(1)
    .describe('ours: longer texts go on in up to so many chunks of `max_position_embeddings`'),
  prompt_weights: z.boolean().default(false).describe('ours: `(word:1.3)` in a text is a weight of its tokens'),
  ...textOptions,
});

/** The `config.json` of transformers' CLIPTextModel and CLIPTextModelWithProjection, and options of ours. */
export const clipTextConfig = z.preprocess(
  withoutNotes,
  fields.superRefine((config, ctx) => {
    const issue = (path: keyof typeof config, message: string): void =>
      ctx.addIssue({ code: 'custom', path: [path], message });
    if (config.hidden_size % config.num_attention_heads !== 0) issue('num_attention_heads', 'must divide hidden_size');
    const left = config.num_hidden_layers - (config.hidden_states === 'penultimate' ? 1 : 0);
    if ((config.clip_skip ?? 0) > left) issue('clip_skip', `must leave a layer or the embeddings: at most ${left}`);
  }),
);

/** A checked config with all defaults. */
export type ClipTextConfig = z.output<typeof fields>;

/** Width of the projected pooled state; nothing where the model has no projection. */
export function projectionOf({ architectures, projection_dim: width }: ClipTextConfig): number | undefined {
  return architectures?.some((name) => name.endsWith('WithProjection')) ? (width ?? 512) : undefined;
}
