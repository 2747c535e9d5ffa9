import * as tf from '@tensorflow/tfjs';
import type { Conditioning } from '../../../core/contracts/conditioning.js';
import type { ParameterSet, Perturbation } from '../../../core/contracts/denoiser.js';
import type { JointTokens } from '../../../core/networks/joint-attention.js';
import { jointBlock, type ImageAndText } from '../../../core/networks/joint-block.js';
import { Layers } from '../../../core/networks/layers.js';
import { modulatedOutput } from '../../../core/networks/modulation.js';
import { neededCondition } from '../../../core/networks/needed-condition.js';
import { isPerturbed } from '../../../core/networks/perturbed.js';
import { SKIP_LAYER } from '../../../core/networks/unet/perturbations.js';
import { timeTextEmbedding } from '../time-text-embedding.js';
import { TRANSFORMER_LAYERS } from '../transformer-info.js';
import type { FluxConfig } from './config.js';
import { rotaryFor } from './places.js';
import { jointBlocks, sampleChannels, singleBlocks, timeTextOf } from './plan.js';
import { singleBlock } from './single-block.js';

/** What one call is told. */
interface FluxInput {
  /** Packed patches: `[N, H, W, channels]`, or `[N, tokens, channels]` with `img_ids` beside. */
  readonly x: tf.Tensor;
  readonly time: tf.Tensor1D;
  readonly conditioning: Conditioning;
  readonly perturbation?: Required<Perturbation> | undefined;
}

/** One call of the network: joint blocks over text and image, then single blocks over both in one sequence. */
export function fluxOutput(parameters: ParameterSet, config: FluxConfig, input: FluxInput): tf.Tensor {
  const { x, time, conditioning, perturbation } = input;
  const layers = new Layers(parameters, TRANSFORMER_LAYERS);
  const isSkipped = (prefix: string): boolean => isPerturbed(perturbation, SKIP_LAYER, prefix);
  const shape = `float32 [N, tokens, ${config.joint_attention_dim}]`;
  const given = neededCondition(conditioning, 'encoder_hidden_states', shape) as tf.Tensor3D;
  const grid = x.rank === 4 ? ([x.shape[1] ?? 1, x.shape[2] ?? 1] as const) : ([1, x.shape[1] ?? 1] as const);
  const told = {
    embedding: timeTextEmbedding(layers, timeTextOf(config), time, conditioning),
    rotary: rotaryFor({ text: given.shape[1], grid }, conditioning, config.axes_dims_rope),
  };
  let tokens: ImageAndText = {
    text: layers.linear('context_embedder', given),
    image: layers.linear('x_embedder', wholeTokens(config, x, conditioning)),
  };
  for (const block of jointBlocks(config))
    if (!isSkipped(block.prefix)) tokens = bothOf(jointBlock(layers, block, tokens, told));
  let all = tf.concat([tokens.text, tokens.image], 1);
  for (const block of singleBlocks(config)) if (!isSkipped(block.prefix)) all = singleBlock(layers, block, all, told);
  const image = tf.slice(all, [0, given.shape[1], 0]);
  const out = layers.linear('proj_out', modulatedOutput(layers, 'norm_out', image, told.embedding));
  return tf.reshape(out, [...x.shape.slice(0, -1), sampleChannels(config)]);
}

/** The tokens behind a joint block that keeps its text. */
function bothOf({ image, text }: JointTokens): ImageAndText {
  return { image, text: text as tf.Tensor3D };
}

/** The patches as tokens, and behind their channels those that a condition adds. */
function wholeTokens(config: FluxConfig, x: tf.Tensor, conditioning: Conditioning): tf.Tensor3D {
  const added = config.in_channels - (x.shape.at(-1) ?? 0);
  const flat = (tensor: tf.Tensor): tf.Tensor3D =>
    tf.reshape(tensor, [tensor.shape[0] ?? 1, -1, tensor.shape.at(-1) ?? 1]);
  if (added === 0) return flat(x);
  const behind = neededCondition(conditioning, 'added_channels', `float32 [N, height, width, ${added}]`);
  return tf.concat([flat(x), flat(behind)], 2);
}
