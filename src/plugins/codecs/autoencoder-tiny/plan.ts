import { convSpecs, type ParameterSpecs } from '../../../core/networks/parameter-specs.js';
import type { AutoencoderTinyConfig } from './config.js';

/** A layer of a half: a convolution, a residual block, an activation, a doubling. Those with tensors say where they are. */
export type TinyLayer =
  | {
      readonly kind: 'conv';
      readonly prefix: string;
      readonly input: number;
      readonly output: number;
      readonly stride: 1 | 2;
      readonly hasBias: boolean;
    }
  | { readonly kind: 'block'; readonly prefix: string; readonly channels: number }
  | { readonly kind: 'activation' }
  | { readonly kind: 'double' };

/** Where the convolutions of a block are, behind its prefix. */
export const BLOCK_CONVOLUTIONS = ['conv.0', 'conv.2', 'conv.4'] as const;

type Unnamed = Pick<Extract<TinyLayer, { kind: 'conv' }>, 'kind' | 'input' | 'output' | 'stride' | 'hasBias'>;
type Unplaced = Unnamed | { kind: 'block'; channels: number } | { kind: 'activation' } | { kind: 'double' };

const conv = (input: number, output: number, stride: 1 | 2 = 1, hasBias = true): Unplaced => ({
  ...{ kind: 'conv', input, output, stride, hasBias },
});
const repeated = (count: number, channels: number): Unplaced[] =>
  Array.from({ length: count }, () => ({ kind: 'block', channels }));

/** The encoder: a level halves before its blocks, but for the first. */
export function tinyEncoder(config: AutoencoderTinyConfig): readonly TinyLayer[] {
  const widths = config.encoder_block_out_channels;
  const levels = widths.flatMap((width, level) => [
    level === 0 ? conv(config.in_channels, width) : conv(width, width, 2, false),
    ...repeated(config.num_encoder_blocks[level] ?? 0, width),
  ]);
  return placed('encoder', [...levels, conv(widths.at(-1) ?? 1, config.latent_channels)]);
}

/** The decoder: a level doubles after its blocks, but for the last. */
export function tinyDecoder(config: AutoencoderTinyConfig): readonly TinyLayer[] {
  const widths = config.decoder_block_out_channels;
  const last = widths.length - 1;
  const levels = widths.flatMap((width, level): Unplaced[] => [
    ...repeated(config.num_decoder_blocks[level] ?? 0, width),
    ...(level === last
      ? [conv(width, config.out_channels)]
      : [{ kind: 'double' } as const, conv(width, width, 1, false)]),
  ]);
  return placed('decoder', [conv(config.latent_channels, widths[0] ?? 1), { kind: 'activation' }, ...levels]);
}

function placed(half: string, layers: readonly Unplaced[]): readonly TinyLayer[] {
  return layers.map((layer, at) => ({ ...layer, prefix: `${half}.layers.${at}` }));
}

/** Names and shapes of all tensors, as diffusers names them: layers are counted, those without tensors too. */
export function autoencoderTinyShapes(config: AutoencoderTinyConfig): ParameterSpecs {
  const layers = [...tinyEncoder(config), ...tinyDecoder(config)].map(specsOf);
  return Object.assign({}, ...layers) as ParameterSpecs;
}

function specsOf(layer: TinyLayer): ParameterSpecs {
  if (layer.kind === 'block') {
    const { prefix, channels } = layer;
    return Object.assign(
      {},
      ...BLOCK_CONVOLUTIONS.map((at) => convSpecs(`${prefix}.${at}`, channels, channels, 3)),
    ) as ParameterSpecs;
  }
  if (layer.kind !== 'conv') return {};
  const both = convSpecs(layer.prefix, layer.input, layer.output, 3);
  return layer.hasBias
    ? both
    : { [`${layer.prefix}.weight`]: both[`${layer.prefix}.weight`] as ParameterSpecs[string] };
}
