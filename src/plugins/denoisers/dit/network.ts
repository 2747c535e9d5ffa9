import * as tf from '@tensorflow/tfjs';
import type { Conditioning } from '../../../core/contracts/conditioning.js';
import type { ParameterSet, Perturbation } from '../../../core/contracts/denoiser.js';
import { embeddingLayers, numberFeatures } from '../../../core/networks/embedding-layers.js';
import { Layers } from '../../../core/networks/layers.js';
import { modulatedBlock, type ModulatedBlockPlan } from '../../../core/networks/modulated-block.js';
import { modulatedNorm, modulation } from '../../../core/networks/modulation.js';
import { patchEmbedding, patchGrid, unpatched } from '../../../core/networks/patches.js';
import { sinePositions } from '../../../core/networks/sine-positions.js';
import { addClassEmbedding } from '../class-embedding.js';
import { isPerturbed } from '../../../core/networks/perturbed.js';
import { IDENTITY_ATTENTION, SKIP_LAYER } from '../../../core/networks/unet/perturbations.js';
import { TRANSFORMER_LAYERS } from '../transformer-info.js';
import type { DitConfig } from './config.js';
import { ditBlocks, widthOf } from './plan.js';

/** One call of the network: patches, blocks, patches (Peebles & Xie 2023, figure 3). */
export class DitCall {
  readonly #layers: Layers;
  readonly #config: DitConfig;
  readonly #perturbation: Required<Perturbation> | undefined;

  constructor(parameters: ParameterSet, config: DitConfig, perturbation?: Required<Perturbation>) {
    this.#layers = new Layers(parameters, TRANSFORMER_LAYERS);
    this.#config = config;
    this.#perturbation = perturbation;
  }

  predict(x: tf.Tensor4D, time: tf.Tensor1D, conditioning: Conditioning): tf.Tensor4D {
    const { patch_size: size, sample_size } = this.#config;
    const grid = patchGrid(x, size);
    const width = widthOf(this.#config);
    const places = sinePositions(grid, { width, base: sample_size / size });
    const features = numberFeatures(time, 1);
    const blocks = ditBlocks(this.#config);
    let tokens: tf.Tensor3D = tf.add(
      patchEmbedding(this.#layers, 'pos_embed.proj', x, size),
      tf.tensor3d(places, [1, grid.height * grid.width, width]),
    );
    const embeddings = blocks.map((block) => this.#embedding(block, features, conditioning));
    for (const [at, block] of blocks.entries()) tokens = this.#block(block, tokens, embeddings[at] as tf.Tensor2D);
    // The output is modulated by the first block's embedding.
    const [shift, scale] = modulation(this.#layers, 'proj_out_1', embeddings[0] as tf.Tensor2D, 2);
    const normed = modulatedNorm(tokens, shift as tf.Tensor, scale as tf.Tensor);
    return unpatched(this.#layers.linear('proj_out_2', normed), grid, size);
  }

  /** A block's own embedding of time and class. */
  #embedding({ prefix }: ModulatedBlockPlan, features: tf.Tensor2D, conditioning: Conditioning): tf.Tensor2D {
    const told = embeddingLayers(this.#layers, `${prefix}.norm1.emb.timestep_embedder`, features);
    const table = this.#layers.weight(`${prefix}.norm1.emb.class_embedder.embedding_table.weight`);
    return addClassEmbedding(told, table, conditioning) as tf.Tensor2D;
  }

  #block(plan: ModulatedBlockPlan, tokens: tf.Tensor3D, embedding: tf.Tensor2D): tf.Tensor3D {
    if (isPerturbed(this.#perturbation, SKIP_LAYER, plan.prefix)) return tokens;
    return modulatedBlock(this.#layers, plan, tokens, {
      vectors: modulation(this.#layers, `${plan.prefix}.norm1.linear`, embedding, 6),
      isIdentity: isPerturbed(this.#perturbation, IDENTITY_ATTENTION, plan.attention.prefix),
    });
  }
}
