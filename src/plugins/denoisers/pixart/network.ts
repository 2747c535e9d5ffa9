import * as tf from '@tensorflow/tfjs';
import type { Conditioning } from '../../../core/contracts/conditioning.js';
import type { ParameterSet, Perturbation } from '../../../core/contracts/denoiser.js';
import { silu } from '../../../core/kernels/silu.js';
import { embeddingLayers, numberFeatures } from '../../../core/networks/embedding-layers.js';
import { Layers } from '../../../core/networks/layers.js';
import { modulatedBlock, type ModulatedBlockPlan } from '../../../core/networks/modulated-block.js';
import { modulatedNorm } from '../../../core/networks/modulation.js';
import type { MultiHeadInputs } from '../../../core/networks/multi-head-attention.js';
import { neededCondition } from '../../../core/networks/needed-condition.js';
import { patchEmbedding, patchGrid, unpatched, type PatchGrid } from '../../../core/networks/patches.js';
import { isPerturbed } from '../../../core/networks/perturbed.js';
import { sinePositions } from '../../../core/networks/sine-positions.js';
import { TRANSFORMER_LAYERS } from '../transformer-info.js';
import { IDENTITY_ATTENTION, SKIP_LAYER } from '../../../core/networks/unet/perturbations.js';
import { readsSizes, type PixArtConfig } from './config.js';
import { pixartBlocks, widthOf } from './plan.js';

/** Added to the scores of tokens that are masked out. */
const MASKED = -10_000;

/** One call of the network: patches, blocks told of time and text, patches (Chen et al. 2024, figure 4). */
export class PixArtCall {
  readonly #layers: Layers;
  readonly #config: PixArtConfig;
  readonly #width: number;
  readonly #perturbation: Required<Perturbation> | undefined;

  constructor(parameters: ParameterSet, config: PixArtConfig, perturbation?: Required<Perturbation>) {
    this.#layers = new Layers(parameters, TRANSFORMER_LAYERS);
    this.#config = config;
    this.#width = widthOf(config);
    this.#perturbation = perturbation;
  }

  predict(x: tf.Tensor4D, time: tf.Tensor1D, conditioning: Conditioning): tf.Tensor4D {
    const { patch_size: size } = this.#config;
    const grid = patchGrid(x, size);
    const embedding = this.#embedding(time, conditioning);
    const shared = this.#layers.linear('adaln_single.linear', silu(embedding));
    const text = this.#text(conditioning);
    let tokens: tf.Tensor3D = tf.add(patchEmbedding(this.#layers, 'pos_embed.proj', x, size), this.#positions(grid));
    for (const block of pixartBlocks(this.#config)) tokens = this.#block(block, tokens, shared, text);
    const [shift, scale] = this.#vectors('scale_shift_table', tf.expandDims(embedding, 1), 2);
    const normed = modulatedNorm(tokens, shift as tf.Tensor, scale as tf.Tensor);
    return unpatched(this.#layers.linear('proj_out', normed), grid, size);
  }

  #positions(grid: PatchGrid): tf.Tensor3D {
    const { sample_size, patch_size, interpolation_scale } = this.#config;
    const scale = interpolation_scale ?? Math.max(Math.floor(sample_size / 64), 1);
    const places = sinePositions(grid, { width: this.#width, base: sample_size / patch_size, scale });
    return tf.tensor3d(places, [1, grid.height * grid.width, this.#width]);
  }

  /** The embedding of time and, where the network reads it, of the picture's size, `[N, width]`. */
  #embedding(time: tf.Tensor1D, conditioning: Conditioning): tf.Tensor2D {
    const embedded = (name: string, numbers: tf.Tensor): tf.Tensor2D =>
      embeddingLayers(this.#layers, `adaln_single.emb.${name}`, numberFeatures(tf.reshape(numbers, [-1])));
    const timed = embedded('timestep_embedder', time);
    if (!readsSizes(this.#config)) return timed;
    const sizes = [
      embedded('resolution_embedder', neededCondition(conditioning, 'resolution', 'float32 [N, 2]')),
      embedded('aspect_ratio_embedder', neededCondition(conditioning, 'aspect_ratio', 'float32 [N, 1]')),
    ].map((part): tf.Tensor2D => tf.reshape(part, [time.shape[0], -1]));
    return tf.add(timed, tf.concat(sizes, 1));
  }

  #text(conditioning: Conditioning): Pick<MultiHeadInputs, 'context' | 'scores'> {
    const { caption_channels, cross_attention_dim } = this.#config;
    const shape = `float32 [N, tokens, ${caption_channels ?? cross_attention_dim}]`;
    const given = neededCondition(conditioning, 'encoder_hidden_states', shape) as tf.Tensor3D;
    const context = caption_channels ? embeddingLayers(this.#layers, 'caption_projection', given, 'gelu_new') : given;
    const mask = conditioning['encoder_attention_mask'];
    if (mask === undefined) return { context };
    return { context, scores: tf.reshape(tf.mul(tf.sub(1, mask), MASKED), [mask.shape[0] ?? 1, 1, 1, -1]) };
  }

  #block(
    plan: ModulatedBlockPlan,
    tokens: tf.Tensor3D,
    shared: tf.Tensor2D,
    text: Pick<MultiHeadInputs, 'context' | 'scores'>,
  ): tf.Tensor3D {
    if (isPerturbed(this.#perturbation, SKIP_LAYER, plan.prefix)) return tokens;
    const rows: tf.Tensor3D = tf.reshape(shared, [-1, 6, this.#width]);
    return modulatedBlock(this.#layers, plan, tokens, {
      vectors: this.#vectors(`${plan.prefix}.scale_shift_table`, rows, 6),
      text,
      isIdentity: isPerturbed(this.#perturbation, IDENTITY_ATTENTION, plan.attention.prefix),
    });
  }

  /** A table's rows, each with what is shared added, `[N, 1, width]`. @param rows - `[N, 1 or count, width]` */
  #vectors(table: string, rows: tf.Tensor3D, count: number): readonly tf.Tensor3D[] {
    return tf.split(tf.add(tf.expandDims(this.#layers.weight(table), 0), rows), count, 1);
  }
}
