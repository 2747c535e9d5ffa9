import { isPlainObject, type Settings } from '../../../../core/assembly/plain-json.js';
import { corrupt } from '../../../../core/storage/corrupt.js';
import { strictJson } from '../../../../core/storage/strict-json.js';
import { otherKind } from './refused-kinds.js';

/** Where diffusers keeps what peft knows of an adapter. */
const ENTRY = 'lora_adapter_metadata';

/** What a file says of alphas beside its tensors: the config of peft that diffusers writes into the metadata. */
export class SaidAlphas {
  readonly #settings: Settings;

  /** @throws DiffusionError `RXD_FILE_CORRUPT`, `RXD_FORMAT_UNSUPPORTED` for another kind of adapter */
  constructor(metadata: Readonly<Record<string, string>>, file: string) {
    const text = Object.hasOwn(metadata, ENTRY) ? metadata[ENTRY] : undefined;
    const said = text === undefined ? {} : strictJson(text, ENTRY, file);
    if (!isPlainObject(said)) throw corrupt(file, `${ENTRY} must be an object`, typeof said);
    this.#settings = said;
    const other = Object.keys(said).find((key) => /(^|\.)(use_dora|lora_bias)$/.test(key) && said[key] === true);
    if (other !== undefined) throw otherKind(file, `${other} in its metadata`);
  }

  /**
   * The alpha of a layer; nothing where the file says none.
   *
   * @param stem - of its keys, with the network before the layer
   */
  of(stem: string, rank: number): number | undefined {
    const at = stem.indexOf('.');
    const [network, module] = [stem.slice(0, at), stem.slice(at + 1)];
    const said = (key: string): unknown => this.#settings[`${network}.${key}`];
    const { [patternFor(said('alpha_pattern'), module) ?? '']: own } = patternsOf(said('alpha_pattern'));
    const alpha = own ?? said('lora_alpha');
    if (typeof alpha !== 'number') return undefined;
    return said('use_rslora') === true ? alpha * Math.sqrt(rank) : alpha;
  }
}

const patternsOf = (said: unknown): Settings => (isPlainObject(said) ? said : {});

/** The name of a list of patterns that is a layer's, or that its name ends in. */
const patternFor = (said: unknown, module: string): string | undefined =>
  Object.keys(patternsOf(said)).find((name) => name === module || module.endsWith(`.${name}`));
