import type { Recipe } from '../../../../core/assembly/recipe.js';
import type { WeightsOfSlots } from '../../../../core/assembly/slot-weights.js';
import { modernName } from '../../../../core/networks/legacy-names.js';
import { compVisName } from './compvis-names.js';
import { networksOf, type LoraNetwork } from './networks.js';

/** A layer of a network of the pipeline. */
export interface LoraLayer {
  readonly network: LoraNetwork;
  /** Its weight as the network calls it. */
  readonly weight: string;
  /** Shape of the weight, as it lies in a file. */
  readonly shape: readonly number[];
}

/** Layers of the attentions of CLIP, by what the first format of diffusers calls them. */
const CLIP_NAMES: Readonly<Record<string, string>> = {
  to_q: 'q_proj',
  to_k: 'k_proj',
  to_v: 'v_proj',
  to_out: 'out_proj',
};

/** The layers of a network by their names with underscores. */
interface Underscored {
  readonly table: ReadonlyMap<string, string>;
  /** Residual blocks of a level, where it is a U-Net. */
  readonly layers: number;
}

/** Finds the layers that keys mean, in whichever format. */
export class LoraModules {
  readonly #networks: readonly LoraNetwork[];
  readonly #tables: ReadonlyMap<LoraNetwork, Underscored>;

  constructor(recipe: Recipe, weights: WeightsOfSlots) {
    this.#networks = networksOf(recipe, weights);
    this.#tables = new Map(this.#networks.map((network) => [network, underscored(network)] as const));
  }

  /** What the networks of the pipeline are called in such files. */
  get known(): readonly string[] {
    return this.#networks.map(({ names: [name = ''] }) => name);
  }

  /** The layer that the stem of a key means; nothing where there is none. */
  find(stem: string): LoraLayer | undefined {
    const plain = stem.replace(/^base_model\.model\./, '');
    for (const network of this.#networks)
      for (const prefix of network.prefixes) {
        if (!plain.startsWith(prefix)) continue;
        const rest = plain.slice(prefix.length).replace(/^base_model\.model\./, '');
        const found = prefix.endsWith('_') ? this.#underscored(network, rest) : dotted(network, rest);
        if (found !== undefined) return found;
      }
    return undefined;
  }

  #underscored(network: LoraNetwork, name: string): LoraLayer | undefined {
    const { table, layers } = this.#tables.get(network) ?? { table: new Map<string, string>(), layers: 1 };
    const module = table.get(name) ?? table.get(`text_model_${name}`) ?? table.get(compVisName(name, layers) ?? '');
    return module === undefined ? undefined : layerOf(network, module);
  }
}

function dotted(network: LoraNetwork, name: string): LoraLayer | undefined {
  const plain = name.replace('.processor.', '.');
  const [, place = '', layer] = /^(.+\.)?(\w+)_lora$/.exec(plain) ?? [];
  const modules =
    layer === undefined ? [plain] : [`${place}${layer}`, `${place}${layer}.0`, `${place}${CLIP_NAMES[layer] ?? layer}`];
  const today = modules.map((module) => modernName(`${module}.`).slice(0, -1));
  const others = today.flatMap((one) => [`text_model.${one}`, one.replace(/^text_model\./, '')]);
  for (const module of [...today, ...others]) {
    const found = layerOf(network, module);
    if (found !== undefined) return found;
  }
  return undefined;
}

function layerOf(network: LoraNetwork, module: string): LoraLayer | undefined {
  const weight = `${module}.weight`;
  const { weights } = network;
  const shape = Object.hasOwn(weights, weight) ? weights[weight]?.shape : undefined;
  return shape !== undefined && shape.length >= 2 ? { network, weight: `${network.below}${weight}`, shape } : undefined;
}

function underscored({ weights }: LoraNetwork): Underscored {
  const modules = Object.keys(weights).flatMap((name) =>
    name.endsWith('.weight') ? [name.slice(0, -'.weight'.length)] : [],
  );
  const blocks = modules.filter((module) => /^down_blocks\.0\.resnets\.\d+\.conv1$/.test(module));
  return { table: new Map(modules.map((module) => [module.replaceAll('.', '_'), module])), layers: blocks.length };
}
