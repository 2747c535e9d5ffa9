import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { listOf, MOST } from '../../../core/assembly/config-numbers.js';
import { definePlugin } from '../../../core/assembly/define-plugin.js';
import { slot } from '../../../core/assembly/injection.js';
import { Roles } from '../../../core/assembly/roles.js';
import type { NumbersColumn } from '../../../core/contracts/columns.js';
import type {
  ConditionContext,
  Conditioner,
  ConditionInputs,
  ConditionSpec,
} from '../../../core/contracts/conditioning.js';
import { imageColumns, noImage, type ControlSaid, controlSaid } from './control-images.js';
import { evenRows, JoinedText, saidPrompts } from './text-parts.js';

const config = z.strictObject({
  names: listOf(z.string().min(1), MOST.levels)
    .default(['control_image'])
    .describe('the conditions that the control networks read, one each'),
  guess_mode: z
    .boolean()
    .default(false)
    .describe('the control network guesses what the image is of, where a condition does not say: see there'),
});

/**
 * A text and an image that says where things are: the conditions of a text encoder (`conditioner:text`), and the image as
 * `control_image`, float32 `[N, height, width, channels]`, which both sides of guidance get (Zhang et al. 2023; diffusers'
 * StableDiffusionControlNetPipeline). A condition is `{ prompt, control_image: { data, shape } }`, one image for all samples or
 * one each, in 0 … 1; a list of images where there are several networks. `control_scale` weighs what they do, `guess_mode` leaves them
 * out on the unconditional side and has their first maps weigh least. When: a control network (slot `control`) steers a network that reads text.
 */
export const controlledText = definePlugin({
  role: Roles.conditioner,
  name: 'controlled-text',
  summary: 'A text encoder beside images for control networks.',
  reference: 'Zhang et al. 2023, "Adding Conditional Control to Text-to-Image Diffusion Models"',
  tags: { when: 'a control network steers a network that reads text' },
  config,
  inject: { text: slot(Roles.conditioner, 'text') },
  create({ config: { names, guess_mode: guesses }, text }): Conditioner {
    const joined = new JoinedText({ text });
    const withImages = (
      inputs: ConditionInputs,
      said: ControlSaid | undefined,
      ctx: ConditionContext,
    ): ConditionInputs => evenRows({ ...inputs, ...imageColumns(said, ctx, { names, guesses }) }, ctx.count);
    return {
      ...joined.common(),
      reads: [...joined.common().reads, ...names],
      gives: { ...text.gives, ...Object.assign({}, ...names.map(specOf)) } as ConditionSpec,
      async prepare(said, ctx) {
        const { prompt, control_image, control_scale, guess_mode, ...rest } = saidPrompts(said, controlSaid);
        const texts = Object.keys(rest).length > 0 ? { ...rest, prompt } : prompt;
        const own = { control_image, control_scale, guess_mode };
        return withImages(await joined.prepared({ text: texts }, ctx), own, ctx);
      },
      prepareNothing: async (ctx) => withImages(await joined.nothing(ctx), undefined, ctx),
      async prepareBatch(columns, ctx) {
        const given = names.map((name): [string, NumbersColumn] => {
          const column = columns[name];
          if (column?.kind !== 'numbers') throw noImage(`no column ${name} of numbers`);
          return [name, column];
        });
        const whole = names.map((name) => [`${name}_scale`, wholeScale] as const);
        return evenRows(
          { ...(await joined.ofBatch(columns, ctx)), ...Object.fromEntries([...given, ...whole]) },
          ctx.count,
        );
      },
      encode(parameters, inputs) {
        const { text: states = {} } = joined.encoded(parameters, inputs);
        const own = names.flatMap((name) => [name, `${name}_scale`]);
        return { ...states, ...Object.fromEntries(own.map((name) => [name, tf.clone(inputs[name] as tf.Tensor)])) };
      },
    };
  },
});

const wholeScale: NumbersColumn = { kind: 'numbers', data: Float32Array.of(1, 1), shape: [1, 2] };

/** An image, and how much its network does: a factor, and that of the first map as a share of it. */
function specOf(name: string): ConditionSpec {
  return {
    [name]: { dtype: 'float32', shape: ['imageHeight', 'imageWidth', 'imageChannels'] },
    [`${name}_scale`]: { dtype: 'float32', shape: [2] },
  };
}
