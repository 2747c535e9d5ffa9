import { isPlainObject } from '../../../../../core/assembly/plain-json.js';
import type { ByteSource } from '../../../../../core/contracts/store.js';
import type { Loading } from '../../../../../core/storage/loading.js';
import { jsonOf, type ReadFile } from '../../../../../core/storage/model-folder.js';
import { TensorFile } from '../../../../../core/storage/tensor-file.js';
import type { ReadableTensors } from '../../../../../core/tensors/plain-tensor.js';
import { hasTokenizer, noTokenizer, tokenizerFor } from './file-tokenizers.js';
import { InferredConfigs } from './inferred-configs.js';
import { GENERATIONS, type Known, type TextPlace } from './kinds.js';
import { refuseOtherFormats } from './other-kinds.js';
import { autoencoderTensors, textTensors, unetTensors } from './parts.js';
import { recognised } from './recognised.js';

/** What a file of one model lacks. */
export interface BesideFile {
  /** A folder as diffusers saves it: its configs, scheduler and tokenizers are read, and parts that the file lacks. */
  readonly config?: ReadFile;
  /** The folder of CLIP's tokenizer: `vocab.json` and `merges.txt`, or `tokenizer.json`. */
  readonly tokenizer?: ReadFile;
}

/** Names of tensors that a part may have. */
const PART = /^(model\.diffusion_model|first_stage_model|cond_stage_model|conditioner)\./;

/** A file of one model, seen as the folder that diffusers would have saved. */
export class SingleFile {
  readonly #tensors: ReadableTensors;
  readonly #file: string;
  readonly #known: Known;
  readonly #inferred: InferredConfigs;
  readonly #beside: BesideFile;

  private constructor(all: ReadableTensors, needed: () => ReadableTensors, file: string, beside: BesideFile) {
    const kind = recognised(all, file);
    [this.#tensors, this.#file, this.#beside] = [needed(), file, beside];
    this.#known = GENERATIONS[kind.generation];
    this.#inferred = new InferredConfigs(all, file, kind);
  }

  /**
   * Opens a file: its header is read and checked, numbers are read when they are needed. The source stays the caller's.
   *
   * @param file - what errors call it
   * @param beside - `loading` is told of the bytes of weights
   * @throws DiffusionError `RXD_FORMAT_UNSUPPORTED` for all that is no whole Stable Diffusion, by name; `RXD_FILE_CORRUPT`
   */
  static async open(
    source: ByteSource,
    file: string,
    { loading, ...beside }: BesideFile & { readonly loading?: Loading | undefined },
  ): Promise<SingleFile> {
    await refuseOtherFormats(source, file);
    const [all, watched] = [await TensorFile.open(source, file), await TensorFile.open(source, file, loading)];
    return new SingleFile(all.tensors(), () => watched.tensors('', (name) => PART.test(name)), file, beside);
  }

  /** Files of the folder: what the given folder has, else what the tensors say. */
  readonly read: ReadFile = async (path) => {
    const given = await this.#beside.config?.(path);
    if (given !== undefined) return given;
    const place = this.#known.text.find(({ tokenizer }) => path.startsWith(`${tokenizer}/`));
    if (place !== undefined) return this.#ofTokenizer(place, path);
    const json = await this.#inferred.at(path);
    return json && new TextEncoder().encode(JSON.stringify(json));
  };

  /** The tensors of a part in the names of diffusers; `undefined` where the file has none. Throws `RXD_FILE_CORRUPT`. */
  async weights(part: string): Promise<ReadableTensors | undefined> {
    const place = this.#known.text.find((one) => one.part === part);
    const own = place ? await this.#ofText(place) : this.#ofNetwork(part);
    return own && Object.keys(own).length > 0 ? own : undefined;
  }

  #ofNetwork(part: string): ReadableTensors | undefined {
    if (part === 'unet') return unetTensors(this.#tensors, this.#file);
    return part === 'vae' ? autoencoderTensors(this.#tensors, this.#file) : undefined;
  }

  /** A text encoder without what its config does not have: layers that the network never sees, a projection. */
  async #ofText(place: TextPlace): Promise<ReadableTensors> {
    const own = Object.entries(textTensors(this.#tensors, place, this.#file));
    if (own.length === 0) return {};
    const json = await jsonOf(this.read, `${place.part}/config.json`);
    const { num_hidden_layers: layers, architectures } = isPlainObject(json) ? json : {};
    const isProjected = JSON.stringify(architectures ?? '').includes('WithProjection');
    const isRead = (name: string): boolean => {
      const layer = /\.layers\.(\d+)\./.exec(name)?.[1];
      if (name.startsWith('text_projection.')) return isProjected;
      return layer === undefined || typeof layers !== 'number' || Number(layer) < layers;
    };
    return Object.fromEntries(own.filter(([name]) => isRead(name)));
  }

  async #ofTokenizer(place: TextPlace, path: string): ReturnType<ReadFile> {
    const { config, tokenizer } = this.#beside;
    const below = config && ((name: string) => config(`${place.tokenizer}/${name}`));
    if (below && (await hasTokenizer(below))) return undefined;
    if (tokenizer === undefined || !(await hasTokenizer(tokenizer))) throw noTokenizer(this.#file, this.#known.title);
    return tokenizerFor(tokenizer, place)(path.slice(place.tokenizer.length + 1));
  }
}
