import type { Settings } from '../../../../../core/assembly/plain-json.js';
import type { TextPlace } from './kinds.js';
import type { Shapes } from './shapes.js';

/** Numbers of a head, of all text encoders of Stable Diffusion. */
const HEAD_WIDTH = 64;

const layer = (index: number): string => `text_model.encoder.layers.${index}`;

/**
 * The config of a text encoder, inferred from its shapes and what is known of its kind.
 *
 * @param shapes - of its tensors in the names of transformers
 * @throws DiffusionError `RXD_FILE_CORRUPT` where a tensor is missing that says it
 */
export function textConfig(shapes: Shapes, { kind, isProjected, unused }: TextPlace): Settings {
  const width = shapes.side('text_model.embeddings.token_embedding.weight', 1);
  const layers = shapes.count((index) => `${layer(index)}.layer_norm1.weight`);
  return {
    architectures: [isProjected ? 'CLIPTextModelWithProjection' : 'CLIPTextModel'],
    model_type: 'clip_text_model',
    vocab_size: shapes.side('text_model.embeddings.token_embedding.weight', 0),
    hidden_size: width,
    intermediate_size: shapes.side(`${layer(0)}.mlp.fc1.weight`, 0),
    num_hidden_layers: layers - unused,
    num_attention_heads: Math.ceil(width / HEAD_WIDTH),
    max_position_embeddings: shapes.side('text_model.embeddings.position_embedding.weight', 0),
    hidden_act: kind === 'openai' ? 'quick_gelu' : 'gelu',
    // The pooled state is at the largest id.
    eos_token_id: 2,
    ...(isProjected ? { projection_dim: shapes.side('text_projection.weight', 0) } : {}),
  };
}
