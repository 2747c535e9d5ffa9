/** What a tensor of a LoRA is to its layer. */
export type LoraTensor = 'down' | 'up' | 'alpha';

/** How the keys of a file are named. */
export type LoraFormat = 'peft' | 'kohya' | 'attention-processor' | 'diffusers';

/** A key taken apart. */
export interface LoraKey {
  /** What stands before the ending: a network and its layer. */
  readonly stem: string;
  readonly tensor: LoraTensor;
  /** The format whose ending it is; `.alpha` says none. */
  readonly format?: LoraFormat;
}

const ENDINGS: readonly (readonly [ending: RegExp, tensor: LoraTensor, format?: LoraFormat])[] = [
  [/^(.+)\.lora_A(?:\.\w+)?\.weight$/, 'down', 'peft'],
  [/^(.+)\.lora_B(?:\.\w+)?\.weight$/, 'up', 'peft'],
  [/^(.+)\.lora_down\.weight$/, 'down', 'kohya'],
  [/^(.+)\.lora_up\.weight$/, 'up', 'kohya'],
  [/^(.+_lora)\.down\.weight$/, 'down', 'attention-processor'],
  [/^(.+_lora)\.up\.weight$/, 'up', 'attention-processor'],
  [/^(.+)\.(?:lora|lora_linear_layer)\.down\.weight$/, 'down', 'diffusers'],
  [/^(.+)\.(?:lora|lora_linear_layer)\.up\.weight$/, 'up', 'diffusers'],
  [/^(.+?)(?:\.lora|\.lora_linear_layer)?\.alpha$/, 'alpha'],
];

/** A key of a LoRA taken apart; nothing where it is none. */
export function loraKey(key: string): LoraKey | undefined {
  for (const [ending, tensor, format] of ENDINGS) {
    const [, stem] = ending.exec(key) ?? [];
    if (stem !== undefined) return { stem, tensor, ...(format ? { format } : {}) };
  }
  return undefined;
}
