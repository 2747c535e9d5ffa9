import { z } from 'zod';
import { listOf, MOST, real } from '../../../core/assembly/config-numbers.js';
import type { NumbersColumn } from '../../../core/contracts/columns.js';
import type { ConditionContext, ConditionInputs } from '../../../core/contracts/conditioning.js';
import { refusedPrompt } from '../text/prompts.js';
import { promptsSchema } from './text-parts.js';

const image = z.strictObject({
  data: z.custom<Float32Array>(
    (value) => value instanceof Float32Array,
    'expected a Float32Array of numbers in [0, 1]',
  ),
  shape: z.array(z.int().min(1)).min(3).max(4),
});

type Image = z.output<typeof image>;

/** A condition for a text encoder and control networks. */
export const controlSaid = z.looseObject({
  prompt: promptsSchema.prompt,
  control_image: z.union([image, listOf(image, MOST.levels)]).optional(),
  control_scale: z.union([real(), listOf(real(), MOST.levels)]).optional(),
  guess_mode: z.boolean().optional(),
});

/** What a condition says of its images. */
export type ControlSaid = Pick<z.output<typeof controlSaid>, 'control_image' | 'control_scale' | 'guess_mode'>;

/** What the first map of a control network weighs where it guesses, as a share of the last (diffusers' `guess_mode`). */
const GUESSED = 0.1;

/**
 * The image and the scale of each control network as columns. What one side does not say is as the prompt's side has it.
 *
 * @throws DiffusionError `RXD_CONDITION_INVALID`
 */
export function imageColumns(
  own: ControlSaid | undefined,
  ctx: ConditionContext,
  { names, guesses }: { readonly names: readonly string[]; readonly guesses: boolean },
): ConditionInputs {
  const read = controlSaid.safeParse(ctx.condition);
  const ofPrompt: ControlSaid = read.success ? read.data : {};
  const images = [own?.control_image ?? ofPrompt.control_image ?? []].flat();
  if (images.length !== names.length) throw noImage(images.length === 0 ? 'none' : `${images.length} images`, names);
  const scales = [own?.control_scale ?? ofPrompt.control_scale ?? 1].flat();
  if (![1, names.length].includes(scales.length))
    throw refusedPrompt(
      `${scales.length} numbers as \`control_scale\``,
      names.length === 1 ? 'one number' : `one number, or ${names.length}`,
      'say one for each control network',
    );
  const guess = own?.guess_mode ?? ofPrompt.guess_mode ?? guesses;
  const columns = names.flatMap((name, at) => {
    const scale = guess && ctx.side === 'unconditional' ? 0 : (scales[at % scales.length] ?? 1);
    const data = Float32Array.of(scale, guess ? GUESSED : 1);
    return [
      [name, imageOf(images[at] as Image, ctx.count)],
      [`${name}_scale`, { kind: 'numbers', data, shape: [1, 2] }],
    ] as const;
  });
  return Object.fromEntries(columns);
}

function imageOf({ data, shape }: Image, count: number): NumbersColumn {
  const whole = shape.length === 3 ? [1, ...shape] : shape;
  if (whole.reduce((product, side) => product * side, 1) !== data.length || ![1, count].includes(whole[0] ?? 0))
    throw noImage(`${data.length} numbers as [${shape.join(', ')}]`);
  return { kind: 'numbers', data, shape: whole };
}

/** The refusal of what is no image for each control network. */
export function noImage(got: string, names: readonly string[] = []): Error {
  return refusedPrompt(
    `a control image: ${got}`,
    `${names.length > 1 ? `a list of ${names.length}, each ` : ''}\`control_image: { data, shape }\`: [height, width, channels], or one for each sample, in 0 … 1`,
    'give it beside `prompt`',
  );
}
