import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { MOST, whole } from '../../../core/assembly/config-numbers.js';
import { definePlugin } from '../../../core/assembly/define-plugin.js';
import { slot } from '../../../core/assembly/injection.js';
import { Roles } from '../../../core/assembly/roles.js';
import type { NumbersColumn } from '../../../core/contracts/columns.js';
import type {
  ConditionContext,
  Conditioner,
  ConditionInputs,
  InpaintedInputs,
} from '../../../core/contracts/conditioning.js';
import { DiffusionError } from '../../../core/errors/diffusion-error.js';
import { evenRows, JoinedText } from './text-parts.js';

const NAME = 'added_channels';

const config = z.strictObject({
  channels: whole(MOST.width)
    .default(5)
    .describe('channels that the network reads behind those of a sample: the mask, and those of the image'),
});

/**
 * What is to be kept, as a condition of a network that was trained to make the rest anew: the mask, then the image without
 * what is made anew, as latents, as `added_channels` beside the conditions of another conditioner (`conditioner:rest`)
 * (Rombach et al. 2022, section 4.5; diffusers' inpainting U-Nets of nine channels). It reads the `inpaint` of a request, on
 * both sides of guidance; let `inpainting` be `network` then. When: an inpainting U-Net takes more channels than a sample has.
 */
export const inpaintedText = definePlugin({
  role: Roles.conditioner,
  name: 'inpainted-text',
  summary: 'Another conditioner, and what a request keeps as channels for an inpainting network.',
  reference: 'Rombach et al. 2022, section 4.5; diffusers’ StableDiffusionInpaintPipeline',
  tags: { when: 'an inpainting network takes more channels than a sample has' },
  config,
  inject: { rest: slot(Roles.conditioner, 'rest') },
  create({ config: { channels }, rest }): Conditioner {
    const joined = new JoinedText({ rest });
    const withKept = async (inputs: ConditionInputs, ctx: ConditionContext): Promise<ConditionInputs> =>
      evenRows({ ...inputs, kept: await keptOf(ctx, channels) }, ctx.count);
    return {
      ...joined.common(),
      ...(rest.classes === undefined ? {} : { classes: rest.classes }),
      reads: [...joined.common().reads, NAME],
      gives: { ...rest.gives, [NAME]: { dtype: 'float32', shape: ['height', 'width', channels] } },
      prepare: async (said, ctx) => withKept(await joined.prepared({ rest: said }, ctx), ctx),
      prepareNothing: async (ctx) => withKept(await joined.nothing(ctx), ctx),
      async prepareBatch(columns, ctx) {
        const column = columns[NAME];
        if (column?.kind !== 'numbers') throw nothingKept(`no column ${NAME} of numbers`);
        return evenRows({ ...(await joined.ofBatch(columns, ctx)), kept: column }, ctx.count);
      },
      encode(parameters, { kept, ...inputs }) {
        const { rest: states = {} } = joined.encoded(parameters, inputs);
        return { ...states, [NAME]: tf.clone(kept as tf.Tensor) };
      },
    };
  },
});

async function keptOf({ inpainted }: ConditionContext, channels: number): Promise<NumbersColumn> {
  if (inpainted === undefined) throw nothingKept('no `inpaint`');
  const column = sideBySide(await inpainted());
  const { shape } = column;
  if (shape[3] === channels) return column;
  throw new DiffusionError('RXD_COMBINATION', {
    problem: 'the network reads another number of channels than a mask and an image have',
    got: `${shape[3]} channels: 1 of the mask, ${(shape[3] ?? 1) - 1} of the image`,
    expected: `${channels}, as \`channels\` says`,
    fix: 'choose the codec that the network was trained with',
  });
}

/** Mask and image as one column, the mask first. */
function sideBySide({ mask, image }: InpaintedInputs): NumbersColumn {
  const own = image.shape.at(-1) ?? 1;
  const all = own + 1;
  const data = Float32Array.from({ length: mask.data.length * all }, (_, at) => {
    const [place, channel] = [Math.floor(at / all), at % all];
    return (channel === 0 ? mask.data[place] : image.data[place * own + channel - 1]) ?? Number.NaN;
  });
  return { kind: 'numbers', data, shape: [...image.shape.slice(0, -1), all] };
}

function nothingKept(got: string): DiffusionError {
  return new DiffusionError('RXD_CONDITION_INVALID', {
    problem: 'this network makes a part of an image anew, and is not told which',
    got,
    expected: '`inpaint: { data, mask }` in the request: an image in [-1, 1], and 1 where it is made anew',
    fix: 'give both, or choose a model for text to image',
  });
}
