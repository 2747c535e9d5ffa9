import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { MOST, real, whole } from '../../../core/assembly/config-numbers.js';
import { definePlugin } from '../../../core/assembly/define-plugin.js';
import { optional, slot } from '../../../core/assembly/injection.js';
import { Roles } from '../../../core/assembly/roles.js';
import type {
  ConditionContext,
  Conditioner,
  ConditionInputs,
  Conditioning,
} from '../../../core/contracts/conditioning.js';
import { JoinedText, promptsSchema, saidPrompts } from './text-parts.js';

const side = whole(MOST.side);
const size = z.tuple([side, side]);
const place = z.tuple([whole(MOST.side, 0), whole(MOST.side, 0)]);

const config = z.strictObject({
  sample_size: z.union([side, size]).default(1024).describe('height and width of images that say no size'),
  force_zeros_for_empty_prompt: z
    .boolean()
    .default(true)
    .describe('no negative prompt is zeros; where false, it is the empty text'),
  requires_aesthetics_score: z
    .boolean()
    .default(false)
    .describe('the refiner: a score stands where the size of the image to be made does else'),
  negative_sizes: z
    .enum(['together', 'apart'])
    .default('together')
    .describe('sizes of the negative side: its own or all of the prompt’s; `apart` fills in what it does not say'),
});

const condition = z.strictObject({
  prompt: promptsSchema.prompt,
  prompt_2: promptsSchema.prompt_2,
  original_size: size.optional(),
  crops_coords_top_left: place.optional(),
  target_size: size.optional(),
  aesthetic_score: real().optional(),
});

type Said = Partial<z.output<typeof condition>>;
type Config = z.output<typeof config>;

/** Scores of the refiner, for the prompt and for the negative one. */
const SCORES = { prompt: 6, negative: 2.5 };

/**
 * The text conditions of Stable Diffusion XL: the states of two CLIP encoders (`conditioner:first`, which the refiner lacks, and
 * `conditioner:second`) side by side as `encoder_hidden_states`, the second's pooled state as `text_embeds`, and sizes as
 * `time_ids` (Podell et al. 2023, section 2.2). A condition is a text, a list, or
 * `{ prompt, prompt_2, original_size, crops_coords_top_left, target_size }`; sizes are `[height, width]` in pixels, and those of
 * the prompt where the negative one says none. When: the network is a Stable Diffusion XL.
 */
export const stableDiffusionXlText = definePlugin({
  role: Roles.conditioner,
  name: 'stable-diffusion-xl-text',
  summary: 'The conditions of Stable Diffusion XL: two CLIP encoders side by side, a pooled state, and sizes.',
  reference: 'Podell et al. 2023, "SDXL", sections 2.1 and 2.2; diffusers’ StableDiffusionXLPipeline',
  tags: { when: 'the network is a Stable Diffusion XL' },
  config,
  inject: { first: optional(slot(Roles.conditioner, 'first')), second: slot(Roles.conditioner, 'second') },
  create({ config: settings, first, second }): Conditioner {
    const joined = new JoinedText({ ...(first ? { first } : {}), second });
    const labels = Object.keys(joined.parts);
    const widths = labels.map((label) => joined.width(label, [STATES]));
    const numbers = settings.requires_aesthetics_score ? 5 : 6;
    const withSizes = (inputs: ConditionInputs, said: Said, ctx: ConditionContext): ConditionInputs => {
      const rows = Object.values(inputs)[0]?.shape[0] ?? 1;
      const ids = timeIds(said, settings, ctx);
      const data = Float32Array.from({ length: rows * numbers }, (_, at) => ids[at % numbers] ?? 0);
      return { ...inputs, time_ids: { kind: 'numbers', data, shape: [rows, numbers] } };
    };
    return {
      ...joined.common(),
      gives: {
        encoder_hidden_states: { dtype: 'float32', shape: ['tokens', widths.reduce((sum, width) => sum + width, 0)] },
        text_embeds: { dtype: 'float32', shape: [joined.width('second', ['text_embeds'])] },
        time_ids: { dtype: 'float32', shape: [numbers] },
      },
      async prepare(said, ctx) {
        const read = saidPrompts(said, condition);
        const { prompt, prompt_2 = prompt } = read;
        return withSizes(await joined.prepared({ first: prompt, second: prompt_2 }, ctx), read, ctx);
      },
      async prepareNothing(ctx) {
        const inputs = withSizes(await joined.nothing(ctx), {}, ctx);
        if (!settings.force_zeros_for_empty_prompt) return inputs;
        return { ...inputs, kept: { kind: 'numbers', data: Float32Array.of(0), shape: [1] } };
      },
      prepareBatch: async (columns, ctx) => withSizes(await joined.ofBatch(columns, ctx), {}, ctx),
      encode(parameters, { time_ids, kept, ...inputs }) {
        const parts = joined.encoded(parameters, inputs);
        const of = (label: string, name: string): tf.Tensor => (parts[label] as Conditioning)[name] as tf.Tensor;
        const keeping = (tensor: tf.Tensor): tf.Tensor => (kept ? tf.mul(tensor, tf.squeeze(kept)) : tensor);
        return {
          encoder_hidden_states: keeping(
            tf.concat(
              labels.map((label) => of(label, STATES)),
              2,
            ),
          ),
          text_embeds: keeping(of('second', 'text_embeds')),
          time_ids: tf.clone(time_ids as tf.Tensor),
        };
      },
    };
  },
});

const STATES = 'encoder_hidden_states';

/** Sizes and places as the network reads them: original, crop, and target or score. */
function timeIds(
  said: Said,
  { sample_size: own, requires_aesthetics_score: scored, negative_sizes: kept }: Config,
  ctx: ConditionContext,
): readonly number[] {
  const isNegative = ctx.side === 'unconditional';
  const ofPrompt = isNegative ? saidOf(ctx.condition) : {};
  const isOwn = said.original_size !== undefined || said.target_size !== undefined;
  // diffusers' refiner and image to image: the crop is the prompt's, but beside a score.
  const crops = scored ? {} : { crops_coords_top_left: ofPrompt.crops_coords_top_left };
  const apart = { ...ofPrompt, ...said, ...(isNegative ? crops : {}) };
  const whose = kept === 'apart' ? apart : isNegative && !isOwn ? { ...ofPrompt, ...said } : said;
  const made = ctx.imageSize ?? (typeof own === 'number' ? [own, own] : own);
  const { original_size: original = made, crops_coords_top_left: crop = [0, 0], target_size: target = made } = whose;
  const score = said.aesthetic_score ?? (isNegative ? SCORES.negative : SCORES.prompt);
  return [...original, ...crop, ...(scored ? [score] : target)];
}

/** What the prompt's side says of sizes. */
function saidOf(said: unknown): Said {
  const read = condition.safeParse(said);
  return read.success ? read.data : {};
}
