import { withoutNotes as withoutMarked } from '../../../core/networks/model-config.js';
import { isPlainObject } from '../../../core/assembly/plain-json.js';

/** What transformers writes into every `config.json` and what says nothing of the weights or of what is computed with them. */
const NOTES = new Set([
  ...['model_type', 'dtype', 'torch_dtype', 'transformers_version', 'initializer_factor', 'initializer_range'],
  ...['attention_dropout', 'dropout', 'dropout_rate', 'classifier_dropout', 'bos_token_id', 'pad_token_id'],
  ...['decoder_start_token_id', 'is_encoder_decoder', 'num_decoder_layers', 'use_cache', 'task_specific_params'],
  ...['output_past', 'output_hidden_states', 'output_attentions', 'return_dict', 'torchscript', 'use_bfloat16'],
  ...['tie_word_embeddings', 'tokenizer_class', 'prefix', 'problem_type', 'n_positions', 'gradient_checkpointing'],
  ...['scale_decoder_outputs', 'is_decoder', 'id2label', 'label2id', 'pruned_heads', 'chunk_size_feed_forward'],
]);

/** A `config.json` of transformers without notes: keys of the list above, and those that start with an underscore. */
export function withoutNotes(json: unknown): unknown {
  const marked = withoutMarked(json);
  if (!isPlainObject(marked)) return marked;
  return Object.fromEntries(Object.entries(marked).filter(([key]) => !NOTES.has(key)));
}
