import * as tf from '@tensorflow/tfjs';
import type { Conditioning, ConditionSpec } from '../../core/contracts/conditioning.js';
import {
  embeddingLayers,
  embeddingLayersSpecs,
  numberFeatures,
  SINUSOID_WIDTH,
} from '../../core/networks/embedding-layers.js';
import type { Layers } from '../../core/networks/layers.js';
import { neededCondition } from '../../core/networks/needed-condition.js';
import type { ParameterSpecs } from '../../core/networks/parameter-specs.js';

/** The embedding of time, of a whole text and of a guidance scale, which add up. */
export interface TimeTextPlan {
  readonly width: number;
  /** Numbers of the embedding of the whole text. */
  readonly pooled: number;
  readonly hasGuidance?: boolean;
  /** Factor of time and guidance scale; 1 where absent. */
  readonly scale?: number;
}

const PREFIX = 'time_text_embed';

/** @returns `[N, width]` @throws DiffusionError `RXD_CONDITION_INVALID` where a condition did not come */
export function timeTextEmbedding(
  layers: Layers,
  { pooled, hasGuidance = false, scale = 1 }: TimeTextPlan,
  time: tf.Tensor1D,
  conditioning: Conditioning,
): tf.Tensor2D {
  const ofNumber = (name: string, numbers: tf.Tensor): tf.Tensor2D =>
    embeddingLayers(layers, `${PREFIX}.${name}`, numberFeatures(tf.mul(numbers, scale)));
  const text = neededCondition(conditioning, 'pooled_projections', `float32 [N, ${pooled}]`) as tf.Tensor2D;
  const parts = [
    ofNumber('timestep_embedder', time),
    embeddingLayers(layers, `${PREFIX}.text_embedder`, text),
    ...(hasGuidance ? [ofNumber('guidance_embedder', neededCondition(conditioning, 'guidance', 'float32 [N]'))] : []),
  ];
  return tf.addN(parts);
}

/** The tensors of such an embedding. */
export function timeTextSpecs({ width, pooled, hasGuidance = false }: TimeTextPlan): ParameterSpecs {
  return {
    ...embeddingLayersSpecs(`${PREFIX}.timestep_embedder`, SINUSOID_WIDTH, width),
    ...embeddingLayersSpecs(`${PREFIX}.text_embedder`, pooled, width),
    ...(hasGuidance ? embeddingLayersSpecs(`${PREFIX}.guidance_embedder`, SINUSOID_WIDTH, width) : {}),
  };
}

/** The conditions that it reads. */
export function timeTextConditions({ pooled, hasGuidance = false }: TimeTextPlan): ConditionSpec {
  return {
    pooled_projections: { dtype: 'float32', shape: [pooled] },
    ...(hasGuidance ? { guidance: { dtype: 'float32', shape: [] } } : {}),
  };
}
