import * as tf from '@tensorflow/tfjs';
import type { Conditioning } from '../../contracts/conditioning.js';
import { attention } from '../../kernels/attention.js';
import { embeddingLookup } from '../../kernels/embedding-lookup.js';
import { ACTIVATIONS } from '../activations.js';
import { embeddingLayers } from '../embedding-layers.js';
import type { Layers } from '../layers.js';
import { neededCondition } from '../needed-condition.js';
import { sinusoid } from '../sinusoid.js';
import { untrained } from '../untrained.js';
import { labelShape, type AdditionPlan, type ClassPlan, type EmbeddingPlan, type TimeProjection } from './embedding.js';

/** What an embedding is made of. */
interface Given {
  readonly time: tf.Tensor1D;
  readonly conditioning: Conditioning;
}

/**
 * The embedding of time, classes and the rest, `[N, width]`.
 *
 * @throws DiffusionError `RXD_CONDITION_INVALID` where a condition did not come
 */
export function embedded(layers: Layers, plan: EmbeddingPlan, { time, conditioning }: Given): tf.Tensor {
  const timed = ofTime(layers, plan, { time, conditioning });
  const classes = ofClasses(layers, plan, conditioning);
  const joined =
    classes === undefined ? timed : plan.isConcatenated ? tf.concat([timed, classes], 1) : timed.add(classes);
  const { addition, final } = plan;
  const all = addition === undefined ? joined : tf.add(joined, added(layers, addition, conditioning));
  return final === undefined ? all : ACTIVATIONS[final](all);
}

function ofTime(layers: Layers, plan: EmbeddingPlan, { time, conditioning }: Given): tf.Tensor {
  const projected = projection(layers, plan.projection, time);
  const { timestep_cond } = conditioning;
  const guided =
    plan.guidance === undefined || timestep_cond === undefined
      ? projected
      : tf.add(projected, layers.linear('time_embedding.cond_proj', timestep_cond));
  const out = embeddingLayers(layers, 'time_embedding', guided, plan.activation);
  return plan.after === undefined ? out : ACTIVATIONS[plan.after](out);
}

function projection(layers: Layers, plan: TimeProjection, time: tf.Tensor1D): tf.Tensor {
  if (plan.kind === 'positional') return sinusoid(time, plan);
  const weight = layers.weight('time_proj.weight');
  if (plan.kind === 'learned') return embeddingLookup(weight as tf.Tensor2D, time);
  const position = tf.reshape(plan.isLog ? tf.log(time) : time, [-1, 1]);
  const angles = tf.mul(tf.mul(position, tf.reshape(untrained(weight), [1, -1])), 2 * Math.PI);
  const [sine, cosine] = [tf.sin(angles), tf.cos(angles)];
  return tf.concat(plan.flipSinToCos ? [cosine, sine] : [sine, cosine], 1);
}

function ofClasses(layers: Layers, plan: EmbeddingPlan, conditioning: Conditioning): tf.Tensor | undefined {
  const { classes, classActivation = 'silu', width } = plan;
  if (classes === undefined) return undefined;
  const labels = neededCondition(conditioning, 'classLabels', labelsSaid(classes, width));
  if (classes.kind === 'identity') return labels;
  if (classes.kind === 'table')
    return embeddingLookup(layers.weight('class_embedding.weight') as tf.Tensor2D, labels as tf.Tensor1D);
  if (classes.kind === 'simple_projection') return layers.linear('class_embedding', labels);
  if (classes.kind === 'projection') return embeddingLayers(layers, 'class_embedding', labels);
  const projected = projection(layers, plan.projection, labels as tf.Tensor1D);
  return embeddingLayers(layers, 'class_embedding', projected, classActivation);
}

function labelsSaid(classes: ClassPlan, width: number): string {
  const { dtype, shape } = labelShape(classes, width);
  return `${dtype} [${['N', ...shape].join(', ')}]`;
}

function added(layers: Layers, plan: AdditionPlan, conditioning: Conditioning): tf.Tensor {
  if (plan.kind === 'text') return pooledTokens(layers, plan.heads, conditioning);
  const text = neededCondition(conditioning, 'text_embeds', 'float32 [N, features]');
  const numbers = neededCondition(conditioning, 'time_ids', 'float32 [N, numbers]');
  const waves = sinusoid(tf.reshape(numbers, [-1]), plan);
  const joined = tf.concat([text, tf.reshape(waves, [text.shape[0] ?? 1, -1])], 1);
  return embeddingLayers(layers, 'add_embedding', joined);
}

const EPSILON = 1e-5;

/** A text's tokens, seen from their mean (attention pooling of DeepFloyd's IF). */
function pooledTokens(layers: Layers, heads: number, conditioning: Conditioning): tf.Tensor {
  const tokens = neededCondition(conditioning, 'encoder_hidden_states', 'float32 [N, tokens, width]');
  const normed = layers.layerNorm('add_embedding.norm1', tokens, EPSILON);
  const position = layers.weight('add_embedding.pool.positional_embedding');
  const mean = tf.add(tf.mean(normed, 1, true), tf.expandDims(position, 0));
  const all = tf.concat([mean, normed], 1);
  const project = (name: string, of: tf.Tensor): tf.Tensor => layers.linear(`add_embedding.pool.${name}_proj`, of);
  const pooled = attention(project('q', mean), project('k', all), project('v', all), heads);
  return layers.layerNorm('add_embedding.norm2', layers.linear('add_embedding.proj', tf.squeeze(pooled, [1])), EPSILON);
}
