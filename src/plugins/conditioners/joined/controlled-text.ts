import { z } from 'zod';
import { definePlugin } from '../../../core/assembly/define-plugin.js';
import { slot } from '../../../core/assembly/injection.js';
import { Roles } from '../../../core/assembly/roles.js';
import type { ConditionContext, Conditioner, ConditionInputs } from '../../../core/contracts/conditioning.js';
import type { NumbersColumn } from '../../../core/contracts/columns.js';
import { refusedPrompt } from '../text/prompts.js';
import * as tf from '@tensorflow/tfjs';
import { evenRows, JoinedText, promptsSchema, saidPrompts } from './text-parts.js';

const config = z.strictObject({
  name: z.string().min(1).default('control_image').describe('the condition that the control network reads'),
});

const image = z.strictObject({
  data: z.custom<Float32Array>(
    (value) => value instanceof Float32Array,
    'expected a Float32Array of numbers in [0, 1]',
  ),
  shape: z.array(z.int().min(1)).min(3).max(4),
});

const condition = z.looseObject({ prompt: promptsSchema.prompt, control_image: image.optional() });

/**
 * A text and an image that says where things are: the conditions of a text encoder (`conditioner:text`), and the image as
 * `control_image`, float32 `[N, height, width, channels]`, which both sides of guidance get (Zhang et al. 2023; diffusers'
 * StableDiffusionControlNetPipeline). A condition is `{ prompt, control_image: { data, shape } }`, one image for all samples or one
 * each, in 0 … 1. When: a control network (slot `control`) steers a network that reads text.
 */
export const controlledText = definePlugin({
  role: Roles.conditioner,
  name: 'controlled-text',
  summary: 'A text encoder beside an image for a control network.',
  reference: 'Zhang et al. 2023, "Adding Conditional Control to Text-to-Image Diffusion Models"',
  tags: { when: 'a control network steers a network that reads text' },
  config,
  inject: { text: slot(Roles.conditioner, 'text') },
  create({ config: { name }, text }): Conditioner {
    const joined = new JoinedText({ text });
    const withImage = (inputs: ConditionInputs, given: NumbersColumn, count: number): ConditionInputs =>
      evenRows({ ...inputs, image: given }, count);
    return {
      ...joined.common(),
      reads: [...joined.common().reads, name],
      gives: { ...text.gives, [name]: { dtype: 'float32', shape: ['imageHeight', 'imageWidth', 'imageChannels'] } },
      async prepare(said, ctx) {
        const { prompt, control_image: own, ...rest } = saidPrompts(said, condition);
        const texts = Object.keys(rest).length > 0 ? { ...rest, prompt } : prompt;
        return withImage(await joined.prepared({ text: texts }, ctx), imageOf(own, ctx), ctx.count);
      },
      prepareNothing: async (ctx) => withImage(await joined.nothing(ctx), imageOf(undefined, ctx), ctx.count),
      async prepareBatch(columns, ctx) {
        const column = columns[name];
        if (column?.kind !== 'numbers') throw noImage(`no column ${name} of numbers`);
        return withImage(await joined.ofBatch(columns, ctx), column, ctx.count);
      },
      encode(parameters, { image: given, ...inputs }) {
        const { text: states = {} } = joined.encoded(parameters, inputs);
        return { ...states, [name]: tf.clone(given as tf.Tensor) };
      },
    };
  },
});

/** The image of a condition, or that of the prompt where it says none. */
function imageOf(own: z.output<typeof image> | undefined, ctx: ConditionContext): NumbersColumn {
  const ofPrompt = condition.safeParse(ctx.condition);
  const { data, shape } = own ?? (ofPrompt.success ? ofPrompt.data.control_image : undefined) ?? refuseNone();
  const whole = shape.length === 3 ? [1, ...shape] : shape;
  if (whole.reduce((product, side) => product * side, 1) !== data.length || ![1, ctx.count].includes(whole[0] ?? 0))
    throw noImage(`${data.length} numbers as [${shape.join(', ')}]`);
  return { kind: 'numbers', data, shape: whole };
}

function refuseNone(): never {
  throw noImage('none');
}

function noImage(got: string): Error {
  return refusedPrompt(
    `a control image: ${got}`,
    '`control_image: { data, shape }`: [height, width, channels], or one for each sample, in 0 … 1',
    'give it beside `prompt`',
  );
}
