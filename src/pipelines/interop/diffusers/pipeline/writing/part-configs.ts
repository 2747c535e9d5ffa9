import type { Settings } from '../../../../../core/assembly/plain-json.js';

/** Options of ours in configs: diffusers does not have them, and what they change is told to a call there. */
const OURS: Readonly<Record<string, readonly string[]>> = {
  network: ['seed'],
  codec: ['seed', 'posterior'],
  text: [
    ...['seed', 'tokenizer', 'hidden_states', 'clip_skip', 'clip_skip_negative', 'pooled', 'chunks', 'prompt_weights'],
    ...['column', 'frozen', 'text_dropout'],
  ],
};

/** A config as diffusers has it: without options of ours, with the class in front. */
export function networkConfig(kind: 'network' | 'codec', className: string, config: Settings): Settings {
  return { _class_name: className, ...without(config, OURS[kind] ?? []) };
}

/** The config of a text encoder, as transformers has it. */
export function textConfig(className: string, config: Settings): Settings {
  return { architectures: [className], model_type: 'clip_text_model', ...without(config, OURS['text'] ?? []) };
}

function without(config: Settings, keys: readonly string[]): Settings {
  return Object.fromEntries(Object.entries(config).filter(([key]) => !keys.includes(key)));
}
