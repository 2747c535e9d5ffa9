import type { CatalogueEntry } from '../../../../core/assembly/catalogue.js';
import type { Settings } from '../../../../core/assembly/plain-json.js';
import type { Use } from '../../../../core/assembly/recipe.js';
import type { ReadableTensors } from '../../../../core/tensors/plain-tensor.js';
import { clipTextWith } from '../../../../plugins/conditioners/clip-text/clip-text.js';
import { clipTextName } from '../../../../plugins/conditioners/clip-text/names.js';
import type { PipelineFiles } from './pipeline-files.js';
import { tokenizerOf } from './tokenizer.js';

/** A text encoder of a folder: its slot, the plugin that holds its tokenizer, and its weights. */
export interface FolderText {
  readonly use: Use;
  readonly definition: CatalogueEntry;
  readonly weights: ReadableTensors;
}

/**
 * A CLIP text encoder of a folder.
 *
 * @param suffix - what follows `text_encoder` and `tokenizer`: nothing, or `_2`
 * @param own - settings of ours over those of its config
 */
export async function clipOf(files: PipelineFiles, suffix: '' | '_2', own: Settings = {}): Promise<FolderText> {
  const part = `text_encoder${suffix}`;
  files.classOf(part, ['CLIPTextModel', 'CLIPTextModelWithProjection']);
  const name = `clip-text-of-${part.replaceAll('_', '-')}`;
  return {
    use: { name, config: { ...(await files.config(part)), clip_skip_negative: false, ...own } },
    definition: clipTextWith(await tokenizerOf(files, `tokenizer${suffix}`), name),
    weights: await files.weights({ part, stem: 'model', rename: clipTextName }),
  };
}
