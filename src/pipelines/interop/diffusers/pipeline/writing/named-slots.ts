import type { CatalogueEntry } from '../../../../../core/assembly/catalogue.js';
import type { Settings } from '../../../../../core/assembly/plain-json.js';
import type { Slots, Use } from '../../../../../core/assembly/recipe.js';
import { DiffusionError } from '../../../../../core/errors/diffusion-error.js';
import { clipText } from '../../../../../plugins/conditioners/clip-text/clip-text.js';
import { heldTokenizer } from '../../../../../plugins/conditioners/text/held-tokenizer.js';
import { tokenizerFiles, type TokenizerFiles } from '../../../../../plugins/conditioners/text/tokenizer-files.js';
import { noClass } from './no-class.js';

/** The slots of a recipe by key, each with name and config. */
export class NamedSlots {
  readonly #slots: Slots;
  readonly #plugins: readonly CatalogueEntry[];

  /** @param plugins - those that the recipe names beside the built-in ones */
  constructor(slots: Slots, plugins: readonly CatalogueEntry[]) {
    [this.#slots, this.#plugins] = [slots, plugins];
  }

  /** The keys of all slots that are filled. */
  get keys(): readonly string[] {
    return Object.keys(this.#slots);
  }

  /** The one plugin of a slot. */
  useOf(slot: string): Use | undefined {
    const use = Object.hasOwn(this.#slots, slot) ? this.#slots[slot] : undefined;
    return Array.isArray(use) ? (use as readonly Use[])[0] : (use as Use | undefined);
  }

  nameOf(slot: string): string | undefined {
    const use = this.useOf(slot);
    return typeof use === 'string' ? use : use?.name;
  }

  configOf(slot: string): Settings {
    const use = this.useOf(slot);
    return typeof use === 'object' ? (use.config ?? {}) : {};
  }

  /** Throws `RXD_FORMAT_UNSUPPORTED` where a slot has another plugin than these. */
  refuseOther(slot: string, names: readonly (string | undefined)[]): void {
    const name = this.nameOf(slot);
    if (!names.includes(name)) throw noClass(`the ${slot} ${String(name)}`);
  }

  /** The tokenizer of a text encoder of CLIP. Throws `RXD_FORMAT_UNSUPPORTED` for another plugin, `RXD_REQUEST_INVALID` without one. */
  tokenizerOf(slot: string): TokenizerFiles {
    const name = this.nameOf(slot);
    const held = this.#plugins.find((entry) => 'name' in entry && entry.name === name);
    const files = (held && heldTokenizer(held)) ?? this.configOf(slot)['tokenizer'];
    if (name !== clipText.name && (held === undefined || heldTokenizer(held) === undefined))
      throw noClass(`the ${slot} ${String(name)}`);
    const read = tokenizerFiles.safeParse(files);
    if (read.success) return read.data;
    throw new DiffusionError('RXD_REQUEST_INVALID', {
      problem: `the text encoder in the slot ${slot} has no tokenizer`,
      got: files === undefined ? 'none' : 'files that are no tokenizer',
      expected: 'a plugin that holds one, among `plugins`, or `tokenizer` in its config',
      fix: 'give the plugins of the reading (`model.plugins`), or make one with `clipTextWith`',
    });
  }
}
