import { z } from 'zod';
import { MOST, listOf, real, seedNumber, whole } from '../../../core/assembly/config-numbers.js';
import { withoutNotes } from '../../../core/networks/model-config.js';
import { crossedWidths } from '../../../core/networks/unet/conditional.js';
import { checkConditional, conditionalFields } from '../../../core/networks/unet/conditional-fields.js';

const width = whole(MOST.width);

const fields = z.strictObject({
  ...conditionalFields,
  conditioning_channels: width.default(3).describe('channels of the condition image'),
  controlnet_conditioning_channel_order: z.enum(['rgb', 'bgr']).default('rgb').describe('bgr reverses its channels'),
  conditioning_embedding_out_channels: listOf(width, MOST.levels)
    .nullish()
    .describe('channels of what halves the condition image, one less often than it has entries; 16, 32, 96, 256'),
  global_pool_conditions: z.boolean().default(false).describe('residuals are means over all pixels'),
  condition: z
    .string()
    .regex(/^[a-z][\w:-]*$/)
    .default('control_image')
    .describe('ours: the condition that is its image, float32 [N, height, width, channels] in 0 … 1'),
  scale: real().default(1).describe('ours: factor of all residuals'),
  times: z
    .tuple([real(), real()])
    .optional()
    .describe('ours: it acts at network times from the first to the second, both included; at all where absent'),
  seed: seedNumber().default(0).describe('ours: seed of the initial weights'),
});

/** The `config.json` of diffusers' ControlNetModel, for the options that this plugin has; any other value is an error. */
export const controlnetConfig = z.preprocess(
  withoutNotes,
  fields.superRefine((config, ctx) => {
    const say = (path: keyof typeof config, message: string): void =>
      ctx.addIssue({ code: 'custom', path: [path], message });
    checkConditional(config, say);
    if (crossedWidths(config).size > 1)
      say('cross_attention_dim', 'must be the same for all levels that attend to tokens');
    if (config.mid_block_type === null) say('mid_block_type', 'must not be null: the middle is controlled too');
  }),
);

/** A checked config with all defaults. */
export type ControlNetConfig = z.output<typeof fields>;
