import type { Settings } from '../../../../core/assembly/plain-json.js';
import { t5EncoderName } from '../../../../plugins/conditioners/t5-encoder/names.js';
import { t5EncoderWith } from '../../../../plugins/conditioners/t5-encoder/t5-encoder.js';
import type { PipelineFiles } from './pipeline-files.js';
import type { FolderText } from './text-encoder.js';
import { tokenizerOf } from './tokenizer.js';

/**
 * A T5 encoder of a folder.
 *
 * @param suffix - what follows `text_encoder` and `tokenizer`
 * @param own - settings of ours over those of its config
 */
export async function t5Of(files: PipelineFiles, suffix: '' | '_2' | '_3', own: Settings = {}): Promise<FolderText> {
  const part = `text_encoder${suffix}`;
  files.classOf(part, ['T5EncoderModel']);
  const name = `t5-of-${part.replaceAll('_', '-')}`;
  return {
    use: { name, config: { ...t5Settings(await files.config(part)), ...own } },
    definition: t5EncoderWith(await tokenizerOf(files, `tokenizer${suffix}`), name),
    weights: await files.weights({ part, stem: 'model', rename: t5EncoderName }),
  };
}

/** What a config of a whole T5 says of its decoder and of training has no effect on the encoder. */
const UNUSED = new Set([
  ...['num_decoder_layers', 'decoder_start_token_id', 'is_encoder_decoder', 'tie_word_embeddings', 'use_cache'],
  ...['dropout_rate', 'classifier_dropout', 'initializer_factor', 'pad_token_id', 'n_positions', 'output_past'],
  ...['task_specific_params', 'is_decoder', 'scale_decoder_outputs', 'bos_token_id'],
]);

const t5Settings = (config: Settings): Settings =>
  Object.fromEntries(Object.entries(config).filter(([key]) => !UNUSED.has(key)));
