import type { TokenizerFiles } from './tokenizer-files.js';

/** Tokenizers that plugins hold in code, by plugin: what writes a pipeline has to write them too. */
const HELD = new WeakMap<object, TokenizerFiles>();

/** The plugin, whose tokenizer can be asked for from now on. */
export function holding<P extends object>(plugin: P, files: TokenizerFiles): P {
  HELD.set(plugin, files);
  return plugin;
}

/** The tokenizer that a plugin holds in code. */
export const heldTokenizer = (plugin: object): TokenizerFiles | undefined => HELD.get(plugin);
