import type { BlockPlan, UNetPlan } from '../../../core/networks/unet/plan.js';
import type { UNet2DConfig } from './config-fields.js';
import { planUNet2D } from './plan.js';

/** Says what is wrong with a config, by the key at fault. */
type SayIssue = (path: keyof UNet2DConfig, message: string) => void;

/** What the schema alone cannot say. */
export function checkUNet2D(config: UNet2DConfig, say: SayIssue): void {
  const levels = config.block_out_channels.length;
  for (const key of ['down_block_types', 'up_block_types'] as const)
    if (config[key].length !== levels) say(key, `needs ${levels} entries, as block_out_channels`);
  const [first = 1] = config.block_out_channels;
  if (!(config.freq_shift < Math.floor(first / 2)))
    say('freq_shift', 'must be below half of the first entry of block_out_channels, which is 2 at least');
  if (config.time_embedding_type === 'learned' && !config.num_train_timesteps)
    say('num_train_timesteps', 'is needed for time_embedding_type learned');
  const factor = 2 ** (levels - 1);
  if (sizeOf(config).some((side) => side % factor !== 0))
    say('sample_size', `must be a multiple of ${factor}: ${levels} levels halve it ${levels - 1} times`);
  checkGroups(config, say);
  checkSkips(config, say);
}

const isSkip = (type: string): boolean => type.includes('Skip');

function checkGroups(config: UNet2DConfig, say: SayIssue): void {
  const { norm_num_groups: groups, block_out_channels: channels } = config;
  const types = [...config.down_block_types, ...config.up_block_types];
  if (groups === null && !types.every(isSkip))
    say('norm_num_groups', 'may be null only where all blocks are Skip blocks');
  if (groups !== null && channels.some((count) => count % groups !== 0))
    say('norm_num_groups', 'must divide every entry of block_out_channels');
  if ((channels.at(-1) ?? 1) % (config.attn_norm_num_groups ?? 1) !== 0)
    say('attn_norm_num_groups', 'must divide the last entry of block_out_channels');
}

/** The image beside the map has three colours, and its size only where all levels above have it too. */
function checkSkips(config: UNet2DConfig, say: SayIssue): void {
  const { down_block_types: down, up_block_types: up, block_out_channels: channels } = config;
  const all = [...down, ...up];
  if (!all.some(isSkip)) return;
  if (down.some(isSkip) && config.in_channels !== 3) say('in_channels', 'must be 3 for Skip blocks');
  if (up.some(isSkip) && config.out_channels !== 3) say('out_channels', 'must be 3 for Skip blocks');
  if (isMixed(down)) say('down_block_types', 'may have no Skip block below a block of another kind');
  if (isMixed(up.toReversed())) say('up_block_types', 'may have no other block above a Skip block');
  if (down.length !== channels.length || up.length !== channels.length) return;
  const norms = blocksOf(planUNet2D(config)).flatMap(normsOf);
  const uneven = norms.find(([width, groups]) => width % groups !== 0);
  if (uneven !== undefined)
    say('block_out_channels', `give Skip blocks a norm of ${uneven[0]} channels in ${uneven[1]} groups`);
}

/** Channels and groups of the norms of a block. */
function normsOf({ resnet, attention }: BlockPlan): readonly (readonly [width: number, groups: number])[] {
  const { input, output, groups = [1, 1] } = resnet;
  return [
    [input, groups[0]],
    [output, groups[1]],
    [attention?.channels ?? 1, attention?.groups ?? 1],
  ];
}

const blocksOf = ({ down, middle, up }: UNetPlan): readonly BlockPlan[] => [
  ...[...down, ...up].flatMap(({ blocks }) => blocks),
  ...middle,
];

/** Whether a Skip block follows one of another kind, from the top. */
function isMixed(types: readonly string[]): boolean {
  return types.some((type, level) => isSkip(type) && types.slice(0, level).some((above) => !isSkip(above)));
}

/** Height and width of a sample. */
export function sizeOf({ sample_size: size }: Pick<UNet2DConfig, 'sample_size'>): readonly [number, number] {
  return typeof size === 'object' && size !== null ? size : [size ?? 32, size ?? 32];
}
