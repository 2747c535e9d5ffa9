import type { ConditionSpec } from '../../contracts/conditioning.js';
import { readsTokens, tokenWidth } from './conditional.js';
import type { ConditionalConfig } from './conditional-fields.js';
import { embeddingConditions, type EmbeddingPlan } from './embedding.js';

/** The conditions that networks over tokens read: tokens and their mask, and those of the embedding. */
export function conditionalConditions(config: ConditionalConfig, embedding: EmbeddingPlan): ConditionSpec {
  const tokens: ConditionSpec = {
    encoder_hidden_states: { dtype: 'float32', shape: ['tokens', tokenWidth(config)] },
    encoder_attention_mask: { dtype: 'float32', shape: ['tokens'], isOptional: true },
  };
  return { ...(readsTokens(config) ? tokens : {}), ...embeddingConditions(embedding) };
}
