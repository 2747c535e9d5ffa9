import type { Recipe } from '../../../../core/assembly/recipe.js';
import type { WeightsOfSlots } from '../../../../core/assembly/slot-weights.js';
import { splitSlotKey } from '../../../../core/assembly/slot.js';
import type { ReadableTensors } from '../../../../core/tensors/plain-tensor.js';

/** Where a network of a pipeline is, and what files of LoRAs call it. */
export interface LoraPlace {
  /** The slot whose weights an adapter changes. */
  readonly slot: 'denoiser' | 'conditioner';
  /** What stands before its names in that slot, where several text encoders are joined. */
  readonly below: string;
  /** The slot that it fills itself: `conditioner:first`. */
  readonly own: string;
  /** What it is called in the folder of a pipeline, the first one by us. */
  readonly names: readonly string[];
  /** Beginnings of keys that mean it. */
  readonly prefixes: readonly string[];
}

/** A network with its weights as they lie in a file. */
export interface LoraNetwork extends LoraPlace {
  readonly weights: ReadableTensors;
}

/** Text encoders by the label of their slot; a conditioner that is no joined one has none. */
const ENCODERS: Readonly<Record<string, readonly [name: string, ...kohya: string[]]>> = {
  '': ['text_encoder', 'lora_te_', 'lora_te1_'],
  text: ['text_encoder', 'lora_te_', 'lora_te1_'],
  first: ['text_encoder', 'lora_te_', 'lora_te1_'],
  second: ['text_encoder_2', 'lora_te2_'],
  third: ['text_encoder_3', 'lora_te3_'],
};

/** The places of the networks of a pipeline that a LoRA may change. Joined text encoders stand before what joins them. */
export function placesIn({ plugins }: Pick<Recipe, 'plugins'>): readonly LoraPlace[] {
  const encoders = Object.keys(plugins).flatMap((slot): readonly LoraPlace[] => {
    const { role, label = '' } = splitSlotKey(slot);
    const [name, ...kohya] = ENCODERS[label] ?? [];
    if (role !== 'conditioner' || name === undefined) return [];
    // A conditioner that joins others has their weights under their labels.
    const outer = label !== 'text' && Object.hasOwn(plugins, 'conditioner:text') ? 'text.' : '';
    const below = label === '' ? '' : `${outer}${label}.`;
    return [{ slot: 'conditioner', below, own: slot, names: [name], prefixes: [`${name}.`, ...kohya] }];
  });
  const use = plugins['denoiser'];
  const plugin = typeof use === 'object' && 'name' in use ? use.name : use;
  const isUNet = typeof plugin === 'string' && plugin.startsWith('unet');
  const names = isUNet ? ['unet', 'transformer'] : ['transformer', 'unet'];
  // A key without a beginning is a layer of the denoiser.
  const prefixes = [...names.map((name) => `${name}.`), 'lora_unet_', 'lora_transformer_', ''];
  const joined = encoders.toSorted((a, b) => b.below.length - a.below.length);
  return [...joined, { slot: 'denoiser', below: '', own: 'denoiser', names, prefixes }];
}

/** Those that have weights. */
export function networksOf(recipe: Pick<Recipe, 'plugins'>, weights: WeightsOfSlots): readonly LoraNetwork[] {
  return placesIn(recipe).flatMap((place) => {
    const own = Object.hasOwn(weights, place.own) ? weights[place.own] : undefined;
    return own === undefined ? [] : [{ ...place, weights: own }];
  });
}
