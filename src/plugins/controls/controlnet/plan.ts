import type { ConditionSpec } from '../../../core/contracts/conditioning.js';
import { convSpecs, linearSpecs, zeroConvSpecs, type ParameterSpecs } from '../../../core/networks/parameter-specs.js';
import { conditionalDown, conditionalEmbedding, conditionalMiddle } from '../../../core/networks/unet/conditional.js';
import { conditionalConditions } from '../../../core/networks/unet/conditional-conditions.js';
import { embeddingParameters, embeddingWidth, type EmbeddingPlan } from '../../../core/networks/unet/embedding.js';
import type { UNetPlan } from '../../../core/networks/unet/plan.js';
import { levelSpecs } from '../../../core/networks/unet/specs.js';
import type { ControlNetConfig } from './config.js';

/** The whole network, as data. */
export interface ControlPlan extends Pick<UNetPlan, 'down' | 'middle'> {
  readonly embedding: EmbeddingPlan;
  /** The convolutions that make a map of the size of a sample of the condition image. */
  readonly image: readonly ImageConvolution[];
  /** Channels of each skip connection. */
  readonly skips: readonly number[];
}

/** One convolution over the condition image. */
interface ImageConvolution {
  readonly prefix: string;
  readonly input: number;
  readonly output: number;
  readonly stride: 1 | 2;
}

const IMAGE = 'controlnet_cond_embedding';
const IMAGE_CHANNELS = [16, 32, 96, 256];

/** Plans a network of a config (the arrangement of diffusers' ControlNetModel). */
export function planControl(config: ControlNetConfig): ControlPlan {
  const down = conditionalDown(config);
  const [first = 1] = config.block_out_channels;
  return {
    down,
    middle: conditionalMiddle(config),
    embedding: { ...conditionalEmbedding(config), classActivation: 'silu' },
    image: imageConvolutions(config),
    skips: [
      first,
      ...down.flatMap(({ blocks, resample }) => {
        const widths = blocks.map(({ resnet }) => resnet.output);
        return resample ? [...widths, widths.at(-1) ?? 1] : widths;
      }),
    ],
  };
}

function imageConvolutions(config: ControlNetConfig): readonly ImageConvolution[] {
  const channels = config.conditioning_embedding_out_channels ?? IMAGE_CHANNELS;
  const [first = 1] = channels;
  const steps = channels.slice(1).flatMap((output, at) => {
    const input = channels[at] ?? 1;
    return [
      { prefix: `${IMAGE}.blocks.${2 * at}`, input, output: input, stride: 1 } as const,
      { prefix: `${IMAGE}.blocks.${2 * at + 1}`, input, output, stride: 2 } as const,
    ];
  });
  return [{ prefix: `${IMAGE}.conv_in`, input: config.conditioning_channels, output: first, stride: 1 }, ...steps];
}

/** Names and shapes of all tensors of a config, as diffusers names them. Nothing is allocated. */
export function controlShapes(config: ControlNetConfig, plan = planControl(config)): ParameterSpecs {
  const [first = 1] = config.block_out_channels;
  const { encoder_hid_dim: before, cross_attention_dim: tokens } = config;
  const time = { width: embeddingWidth(plan.embedding), shift: config.resnet_time_scale_shift };
  const last = config.block_out_channels.at(-1) ?? 1;
  return Object.assign(
    {},
    convSpecs('conv_in', config.in_channels, first, 3),
    embeddingParameters(plan.embedding),
    before ? linearSpecs('encoder_hid_proj', before, [tokens].flat()[0] ?? 1) : {},
    ...plan.image.map(({ prefix, input, output }) => convSpecs(prefix, input, output, 3)),
    zeroConvSpecs(`${IMAGE}.conv_out`, plan.image.at(-1)?.output ?? 1, first, 3),
    levelSpecs(plan, time),
    ...plan.skips.map((width, at) => zeroConvSpecs(`controlnet_down_blocks.${at}`, width, width, 1)),
    zeroConvSpecs('controlnet_mid_block', last, last, 1),
  ) as ParameterSpecs;
}

/** All conditions that the network reads. */
export function controlConditions(config: ControlNetConfig, plan: ControlPlan): ConditionSpec {
  return {
    ...conditionalConditions(config, plan.embedding),
    [config.condition]: { dtype: 'float32', shape: ['image height', 'image width', config.conditioning_channels] },
    [`${config.condition}_scale`]: { dtype: 'float32', shape: [2], isOptional: true },
  };
}

/** How many times larger the condition image is than a sample. */
export const imageFactor = ({ image }: ControlPlan): number => 2 ** image.filter(({ stride }) => stride === 2).length;
