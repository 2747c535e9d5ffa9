import type { Assembly } from '../../../../core/assembly/assembly.js';
import type { Settings } from '../../../../core/assembly/plain-json.js';
import type { Recipe } from '../../../../core/assembly/recipe.js';
import type { ParametersBySlot } from '../../../../core/contracts/denoiser.js';
import { DiffusionError } from '../../../../core/errors/diffusion-error.js';
import { slotWeights } from '../../../../core/storage/load-weights.js';
import type { Weights } from '../../../../core/storage/weights.js';
import { arranged } from '../../../../core/tensors/arranged.js';
import type { ReadableTensor } from '../../../../core/tensors/plain-tensor.js';
import { placesIn } from './networks.js';

/** What becomes a LoRA file. */
export interface LoraWeightsOptions {
  /** Weights by slot: those of a training (`trained.parametersBySlot`). The adapters' own where absent. */
  readonly parameters?: ParametersBySlot;
  /** The slots of the adapters; all `low-rank` ones where absent. */
  readonly slots?: readonly string[];
}

const TENSORS = { lora_down: 'lora_A', lora_up: 'lora_B' } as const;

/**
 * The weights of `low-rank` adapters in the names of peft, as diffusers writes them (`unet.LAYER.lora_A.weight`, `lora_B`): save
 * them by `saveWeights`, and `load_lora_weights` of diffusers reads the file, as `readLora` does. `alpha / rank` is multiplied into
 * `lora_B`, for these names have no place for it; the scale of an adapter is whoever uses the file's.
 *
 * @throws DiffusionError `RXD_REQUEST_INVALID` where a slot holds no `low-rank` adapter, or two change one layer
 * @example
 * using trained = await pipeline.train({ steps: 1000 });
 * const style = loraWeights(pipeline.assembly, { parameters: trained.parametersBySlot });
 * await saveWeights(folderStore('loras'), 'style.safetensors', style);
 */
export function loraWeights(
  assembly: Pick<Assembly, 'find' | 'recipe'>,
  { parameters = {}, slots }: LoraWeightsOptions = {},
): Weights {
  const { recipe } = assembly;
  const configs = Object.entries(recipe.plugins).flatMap(([slot, use]) => configOf(slot, use));
  const chosen = slots ?? configs.map(([slot]) => slot);
  const tensors: Record<string, ReadableTensor> = {};
  for (const slot of chosen) {
    const config = configs.find(([own]) => own === slot)?.[1];
    if (config === undefined) throw noAdapter(slot, configs);
    for (const [name, tensor] of Object.entries(slotWeights(assembly, slot, parameters[slot]).tensors)) {
      const key = keyOf(recipe, config, name);
      if (Object.hasOwn(tensors, key)) throw twice(key, slot);
      tensors[key] = name.endsWith('.lora_up') ? scaled(tensor, factorOf(config, name, tensor)) : tensor;
    }
  }
  if (chosen.length === 0) throw noAdapter('none', configs);
  return { step: 0, recipe, tensors };
}

function configOf(
  slot: string,
  use: Recipe['plugins'][string],
): readonly (readonly [slot: string, config: Settings])[] {
  if (!/^adapter(:|$)/.test(slot)) return [];
  if (typeof use === 'string') return use === 'low-rank' ? [[slot, {}]] : [];
  return 'name' in use && use.name === 'low-rank' ? [[slot, use.config ?? {}]] : [];
}

/** The key of a tensor `LAYER.weight.lora_down` of an adapter. */
function keyOf(recipe: Recipe, { slot = 'denoiser' }: Settings, name: string): string {
  const [, layer = '', tensor = ''] = /^(.+)\.weight\.(lora_down|lora_up)$/.exec(name) ?? [];
  const place = placesIn(recipe).find((one) => one.slot === slot && layer.startsWith(one.below));
  const [network = String(slot)] = place?.names ?? [];
  return `${network}.${layer.slice(place?.below.length ?? 0)}.${TENSORS[tensor as keyof typeof TENSORS]}.weight`;
}

/** `alpha / rank` of a layer. */
function factorOf({ alpha, layers }: Settings, name: string, up: ReadableTensor): number {
  const rank = up.shape[1] ?? 1;
  const own = (layers as Readonly<Record<string, { readonly alpha?: number }>> | undefined)?.[
    name.replace(/\.lora_up$/, '')
  ];
  const said = layers === undefined ? alpha : own?.alpha;
  return (typeof said === 'number' ? said : rank) / rank;
}

function scaled(tensor: ReadableTensor, factor: number): ReadableTensor {
  if (factor === 1) return tensor;
  const read: ReadableTensor['read'] = async (order) => {
    const { shape, data } = await tensor.read();
    return arranged({ dtype: 'float32', shape, data: Float32Array.from(data, (value) => factor * value) }, order);
  };
  return { ...tensor, read };
}

function noAdapter(got: string, known: readonly (readonly [slot: string, config: Settings])[]): DiffusionError {
  return new DiffusionError('RXD_REQUEST_INVALID', {
    problem: 'there is no `low-rank` adapter of which a LoRA file could be made',
    got,
    expected: known.map(([slot]) => slot).join(', ') || 'a pipeline with one',
    fix: "add it to the recipe: 'adapter:style': { name: 'low-rank', config: { rank: 8 } }",
  });
}

function twice(key: string, slot: string): DiffusionError {
  return new DiffusionError('RXD_REQUEST_INVALID', {
    problem: 'two adapters change one layer, which one file cannot say',
    got: `${key} of ${slot}, beside another adapter`,
    expected: 'each layer once',
    fix: 'say which adapters by `slots`, and save the others in files of their own',
  });
}
