import * as tf from '@tensorflow/tfjs';
import type { Conditioning } from '../../../core/contracts/conditioning.js';
import type { ParameterSet, Perturbation } from '../../../core/contracts/denoiser.js';
import { jointBlock } from '../../../core/networks/joint-block.js';
import { Layers } from '../../../core/networks/layers.js';
import { modulatedOutput } from '../../../core/networks/modulation.js';
import { neededCondition } from '../../../core/networks/needed-condition.js';
import { patchEmbedding, patchGrid, unpatched, type PatchGrid } from '../../../core/networks/patches.js';
import { isPerturbed } from '../../../core/networks/perturbed.js';
import { untrained } from '../../../core/networks/untrained.js';
import { timeTextEmbedding } from '../time-text-embedding.js';
import { TRANSFORMER_LAYERS } from '../transformer-info.js';
import { SKIP_LAYER } from '../../../core/networks/unet/perturbations.js';
import type { Sd3Config } from './config.js';
import { sd3Blocks, timeTextOf, widthOf } from './plan.js';

/** What one call is told. */
interface Sd3Input {
  /** `[N, H, W, in_channels]`. */
  readonly x: tf.Tensor4D;
  readonly time: tf.Tensor1D;
  readonly conditioning: Conditioning;
  readonly perturbation?: Required<Perturbation> | undefined;
}

/** One call of the network: patches and text, joint blocks, patches (Esser et al. 2024, figure 2). */
export function sd3Output(parameters: ParameterSet, config: Sd3Config, input: Sd3Input): tf.Tensor4D {
  const { x, time, conditioning, perturbation } = input;
  const layers = new Layers(parameters, TRANSFORMER_LAYERS);
  const grid = patchGrid(x, config.patch_size);
  const shape = `float32 [N, tokens, ${config.joint_attention_dim}]`;
  const given = neededCondition(conditioning, 'encoder_hidden_states', shape) as tf.Tensor3D;
  const embedding = timeTextEmbedding(layers, timeTextOf(config), time, conditioning);
  let image: tf.Tensor3D = tf.add(
    patchEmbedding(layers, 'pos_embed.proj', x, config.patch_size),
    positionsFor(layers, config, grid),
  );
  let text = layers.linear('context_embedder', given);
  for (const block of sd3Blocks(config)) {
    if (isPerturbed(perturbation, SKIP_LAYER, block.prefix)) continue;
    const seen = jointBlock(layers, block, { image, text }, { embedding });
    image = seen.image;
    text = seen.text ?? text;
  }
  const out = layers.linear('proj_out', modulatedOutput(layers, 'norm_out', image, embedding));
  return unpatched(out, grid, config.patch_size);
}

/** The positions of a grid: it is cut out of the middle of the table. */
function positionsFor(layers: Layers, config: Sd3Config, { height, width }: PatchGrid): tf.Tensor3D {
  const side = config.pos_embed_max_size;
  const table: tf.Tensor3D = tf.reshape(untrained(layers.weight('pos_embed.pos_embed')), [side, side, widthOf(config)]);
  const start = [Math.floor((side - height) / 2), Math.floor((side - width) / 2), 0] as [number, number, number];
  return tf.reshape(tf.slice(table, start, [height, width, -1]), [1, height * width, -1]);
}
