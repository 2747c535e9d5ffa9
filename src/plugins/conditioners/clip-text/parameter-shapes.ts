import { embeddingSpecs, linearSpecs, normSpecs, type ParameterSpecs } from '../../../core/networks/parameter-specs.js';
import { projectionOf, type ClipTextConfig } from './config.js';

/** Names and shapes of all tensors, as repositories name them: below `text_model.`. */
export function clipTextShapes(config: ClipTextConfig): ParameterSpecs {
  const { hidden_size: width, intermediate_size: inner } = config;
  const layers = Array.from({ length: config.num_hidden_layers }, (_, layer) => {
    const prefix = layerPrefix(layer);
    return {
      ...normSpecs(`${prefix}.layer_norm1`, width),
      ...Object.assign(
        {},
        ...['q', 'k', 'v', 'out'].map((name) => linearSpecs(`${prefix}.self_attn.${name}_proj`, width, width)),
      ),
      ...normSpecs(`${prefix}.layer_norm2`, width),
      ...linearSpecs(`${prefix}.mlp.fc1`, width, inner),
      ...linearSpecs(`${prefix}.mlp.fc2`, inner, width),
    } as ParameterSpecs;
  });
  const projected = projectionOf(config);
  return Object.assign(
    {},
    embeddingSpecs('text_model.embeddings.token_embedding', config.vocab_size, width),
    embeddingSpecs('text_model.embeddings.position_embedding', config.max_position_embeddings, width),
    ...layers,
    normSpecs('text_model.final_layer_norm', width),
    projected === undefined ? {} : withoutBias(linearSpecs('text_projection', width, projected)),
  ) as ParameterSpecs;
}

/** Where the tensors of a layer are. */
export const layerPrefix = (layer: number): string => `text_model.encoder.layers.${layer}`;

function withoutBias(specs: ParameterSpecs): ParameterSpecs {
  return Object.fromEntries(Object.entries(specs).filter(([name]) => !name.endsWith('.bias')));
}
