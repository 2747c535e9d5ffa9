import type { CatalogueEntry } from '../../../../core/assembly/catalogue.js';
import { isPlainObject, type Settings } from '../../../../core/assembly/plain-json.js';
import type { Slots } from '../../../../core/assembly/recipe.js';
import type { WeightsOfSlots } from '../../../../core/assembly/slot-weights.js';
import { DiffusionError } from '../../../../core/errors/diffusion-error.js';
import { corrupt, unsupported } from '../../../../core/storage/corrupt.js';
import {
  jsonOf,
  textOf,
  openTensors,
  renamed,
  type OpenTensors,
  type ReadFile,
} from '../../../../core/storage/model-folder.js';
import { listed } from '../../../../core/assembly/nearest-name.js';
import { modernName } from '../../../../core/networks/legacy-names.js';
import type { ReadableTensors } from '../../../../core/tensors/plain-tensor.js';
import { strictJson } from '../../../../core/storage/strict-json.js';
import type { ModelIndex } from './model-index.js';
import type { PipelinePlace } from './pipeline-place.js';

/** What a family of pipelines makes of the files. */
export interface PipelineParts {
  /** Slots of the recipe beside those of the scheduler. */
  readonly plugins: Slots;
  /** Plugins that hold what a recipe does not say: tokenizers. */
  readonly definitions?: readonly CatalogueEntry[];
  /** Weights by slot. */
  readonly weights: WeightsOfSlots;
  /** Settings of a request that the pipeline has by itself. */
  readonly sample?: Settings;
  /** Arguments of its scheduler's `set_timesteps`, where they depend on the run; `sigmas` among them say its steps too. */
  readonly times?: (scheduler: Settings, asked: AskedTimes) => Settings;
  /** The scheduler's config, where the folder has none. */
  readonly scheduler?: Settings;
}

/** What the times of a run may depend on. */
export interface AskedTimes {
  readonly steps: number;
  /** Height and width of a picture in pixels; those of the model where absent. */
  readonly height?: number | undefined;
  readonly width?: number | undefined;
}

/** What reads the folder of a kind of pipelines. */
export type Family = (files: PipelineFiles) => Promise<PipelineParts>;

/** A class of pipelines: what reads it, and what its calls say where nobody does. */
export interface PipelineClass {
  readonly family: Family;
  /** Steps; those of the scheduler where absent. */
  readonly steps?: number;
  /** Share of the steps that a run with an image makes; 1 where absent. */
  readonly strength?: number;
  /** Arguments of its scheduler's `step`: `eta`. */
  readonly step?: Settings;
  /** Whether its scheduler is told the strength, and takes all steps of what is left (latent consistency). */
  readonly strengthInGrid?: true;
}

/** Where the tensors of a part lie, and what they are called here. */
export interface WeightsOf {
  readonly part: string;
  readonly stem: string;
  /** The name of a tensor here; `undefined` where it is to be ignored. */
  readonly rename: (name: string) => string | undefined;
}

type Parse = (text: string, what: string, file: string) => unknown;

/** The files of one pipeline folder. Tensors that were opened stay open until `close`. */
export class PipelineFiles {
  readonly read: ReadFile;
  readonly index: ModelIndex;
  readonly #place: PipelinePlace;
  readonly #open: OpenTensors[] = [];

  constructor(place: PipelinePlace, index: ModelIndex) {
    [this.read, this.index, this.#place] = [place.read, index, place];
  }

  /** The `config.json` of a part, or another file of settings in its folder. */
  async config(part: string, file = 'config.json', parse: Parse = strictJson): Promise<Settings> {
    const path = `${part}/${file}`;
    const text = await textOf(this.read, path);
    const json = text === undefined ? undefined : parse(text, path, path);
    if (json === undefined)
      throw new DiffusionError('RXD_STORE_READ', {
        problem: `the folder has no ${path}`,
        expected: `the parts that model_index.json names: ${listed(Object.keys(this.index.parts))}`,
        fix: 'get the folder again, all of it',
      });
    if (isPlainObject(json)) return json;
    throw corrupt(path, 'an object', typeof json);
  }

  /** Whether the folder has a file of settings. */
  async has(path: string): Promise<boolean> {
    return (await jsonOf(this.read, path)) !== undefined;
  }

  /** The class of a part, one of those that are known. Throws `RXD_FORMAT_UNSUPPORTED`. */
  classOf<C extends string>(part: string, known: readonly C[]): C {
    const found = this.index.parts[part];
    const one = known.find((name) => name === found);
    if (one !== undefined) return one;
    throw unsupported(
      'model_index.json',
      found === undefined ? `no ${part}` : `${part} of class ${found}`,
      listed(known),
      `choose a ${this.index.className} whose ${part} is one of these`,
    );
  }

  /** Opens the weights of a part. They are closed with the pipeline. */
  async weights({ part, stem, rename }: WeightsOf): Promise<ReadableTensors> {
    const { variant, loading, elsewhere } = this.#place;
    const given = await elsewhere?.(part);
    if (given !== undefined) return renamed(given, rename, part);
    const opened = await openTensors(this.read, { folder: `${part}/`, stem, variant }, rename, loading);
    this.#open.push(opened);
    return opened.tensors;
  }

  /** Opens the weights of a network of diffusers, under today's names. */
  networkWeights(part: string): Promise<ReadableTensors> {
    return this.weights({ part, stem: 'diffusion_pytorch_model', rename: modernName });
  }

  /** Closes all files. Idempotent. */
  async close(): Promise<void> {
    for (const opened of this.#open.splice(0)) await opened.close();
  }
}
