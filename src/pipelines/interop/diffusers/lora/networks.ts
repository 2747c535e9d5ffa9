import type { Recipe } from '../../../../core/assembly/recipe.js';
import type { WeightsOfSlots } from '../../../../core/assembly/slot-weights.js';
import { splitSlotKey } from '../../../../core/assembly/slot.js';
import type { ReadableTensors } from '../../../../core/tensors/plain-tensor.js';

/** A network of a pipeline, as files of LoRAs call it. */
export interface LoraNetwork {
  /** The slot whose weights an adapter changes. */
  readonly slot: 'denoiser' | 'conditioner';
  /** What stands before its names in that slot, where several text encoders are joined. */
  readonly below: string;
  /** What it is called in the folder of a pipeline, the first one by us. */
  readonly names: readonly string[];
  /** Beginnings of keys that mean it. */
  readonly prefixes: readonly string[];
  /** Its weights as they lie in a file. */
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

/** The networks of a pipeline that a LoRA may change and that have weights. */
export function networksOf({ plugins }: Pick<Recipe, 'plugins'>, weights: WeightsOfSlots): readonly LoraNetwork[] {
  const encoders = Object.entries(weights).flatMap(([slot, own]): readonly LoraNetwork[] => {
    const { role, label = '' } = splitSlotKey(slot);
    const [name, ...kohya] = ENCODERS[label] ?? [];
    if (role !== 'conditioner' || name === undefined) return [];
    // A conditioner that joins others has their weights under their labels.
    const outer = label !== 'text' && Object.hasOwn(plugins, 'conditioner:text') ? 'text.' : '';
    const below = label === '' ? '' : `${outer}${label}.`;
    return [{ slot: 'conditioner', below, names: [name], prefixes: [`${name}.`, ...kohya], weights: own }];
  });
  const { denoiser } = weights;
  if (denoiser === undefined) return encoders;
  const use = plugins['denoiser'];
  const plugin = typeof use === 'object' && 'name' in use ? use.name : use;
  const isUNet = typeof plugin === 'string' && plugin.startsWith('unet');
  const names = isUNet ? ['unet', 'transformer'] : ['transformer', 'unet'];
  const prefixes = [...names.map((name) => `${name}.`), 'lora_unet_', 'lora_transformer_', ''];
  // Last: a key without a beginning is a layer of the denoiser.
  return [...encoders, { slot: 'denoiser', below: '', names, prefixes, weights: denoiser }];
}
