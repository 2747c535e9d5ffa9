import type { Settings } from '../../../../core/assembly/plain-json.js';
import type { Recipe, Slots } from '../../../../core/assembly/recipe.js';
import type { WeightsOfSlots } from '../../../../core/assembly/slot-weights.js';
import { arranged } from '../../../../core/tensors/arranged.js';
import type { ReadableTensor } from '../../../../core/tensors/plain-tensor.js';
import { DiffusionError } from '../../../../core/errors/diffusion-error.js';
import { listed } from '../../../../core/assembly/nearest-name.js';
import type { LoraDelta } from './layers.js';

/** What the adapters of a file are called, and how far they change weights. */
export interface AdapterNames {
  readonly label: string | undefined;
  readonly scale: number;
}

/** The adapters of a file. */
export interface LoraAdapters {
  readonly slots: readonly string[];
  readonly plugins: Slots;
  readonly weights: WeightsOfSlots;
}

/** Adapters for the deltas of a file: one for the denoiser, one for the text encoders. */
export function adaptersOf(deltas: readonly LoraDelta[], recipe: Recipe, { label, scale }: AdapterNames): LoraAdapters {
  if (label !== undefined && !isFree(recipe, label)) throw taken(label, recipe);
  const name = label ?? freeLabel(recipe);
  const adapters = (['denoiser', 'conditioner'] as const).flatMap((slot) => {
    const own = deltas.filter(({ network }) => network.slot === slot);
    return own.length === 0 ? [] : [{ key: keyOf(name, slot), slot, own }];
  });
  return {
    slots: adapters.map(({ key }) => key),
    plugins: Object.fromEntries(
      adapters.map(({ key, slot, own }) => [key, { name: 'low-rank', config: { slot, scale, layers: ranksOf(own) } }]),
    ),
    weights: Object.fromEntries(adapters.map(({ key, own }) => [key, Object.fromEntries(own.flatMap(tensorsOf))])),
  };
}

const keyOf = (label: string, slot: LoraDelta['network']['slot']): string =>
  slot === 'denoiser' ? `adapter:${label}` : `adapter:${label}-text`;

/** Whether the recipe has no adapter of this label. */
const isFree = ({ plugins }: Recipe, label: string): boolean =>
  (['denoiser', 'conditioner'] as const).every((slot) => !Object.hasOwn(plugins, keyOf(label, slot)));

/** `lora`, or the first of `lora-2`, … that no adapter has. */
function freeLabel(recipe: Recipe): string {
  let label = 'lora';
  for (let count = 2; !isFree(recipe, label); count++) label = `lora-${count}`;
  return label;
}

function taken(label: string, { plugins }: Recipe): DiffusionError {
  return new DiffusionError('RXD_REQUEST_INVALID', {
    problem: 'the pipeline has an adapter of this label already',
    got: label,
    expected: `another label than those of ${listed(Object.keys(plugins).filter((key) => key.startsWith('adapter')))}`,
    fix: 'give each LoRA a label of its own, or none',
  });
}

function ranksOf(deltas: readonly LoraDelta[]): Settings {
  return Object.fromEntries(
    deltas.map(({ weight, rank, alpha }) => [weight, { rank, ...(alpha === undefined ? {} : { alpha }) }]),
  );
}

/** The tensors of a delta in the shapes of its layer: a file may hold those of a 1x1 convolution as matrices, and the reverse. */
function tensorsOf({ weight, shape, rank, down, up }: LoraDelta): readonly (readonly [string, ReadableTensor])[] {
  const [out = 1, ...window] = shape;
  return [
    [`${weight}.lora_down`, viewed(down, [rank, ...window])],
    [`${weight}.lora_up`, viewed(up, [out, rank, ...shape.slice(2).map(() => 1)])],
  ];
}

function viewed(tensor: ReadableTensor, shape: readonly number[]): ReadableTensor {
  return { ...tensor, shape, read: async (order) => arranged({ ...(await tensor.read()), shape }, order) };
}
