import * as tf from '@tensorflow/tfjs';
import type { Perturbation } from '../../contracts/denoiser.js';
import { silu } from '../../kernels/silu.js';
import { upsampleNearest2x } from '../../kernels/upsample-nearest-2x.js';
import { attentionBlock, type AttentionPlan } from '../attention-block.js';
import type { Layers } from '../layers.js';
import { isPerturbed } from '../perturbed.js';
import { doubledByFilter, halvedByConvolution, halvedByFilter } from '../resample.js';
import { resnetBlock, type ResnetPlan, type TimeEmbedding } from '../resnet-block.js';
import { transformerBlocks, type Context, type TransformerPlan } from '../transformer-block.js';
import { IDENTITY_ATTENTION, SKIP_LAYER } from './perturbations.js';
import type { BlockPlan, LevelPlan, ResamplePlan, SideImagePlan } from './plan.js';

/** What all blocks of a call have in common. */
export interface PathCall {
  readonly layers: Layers;
  readonly time: TimeEmbedding;
  /** What transformer blocks attend to. */
  readonly context?: Context;
  /** Padding of convolutions of stride 2. */
  readonly padding: 0 | 1;
  readonly perturbation?: Required<Perturbation> | undefined;
}

/** A map and the image beside it, where the network has one. */
export interface MapAndImage {
  readonly map: tf.Tensor4D;
  readonly image?: tf.Tensor4D;
}

/** One call's walk along the levels of a U-Net: contracting path, middle, expanding path over the skips. */
export class UNetPath {
  readonly #call: PathCall;

  constructor(call: PathCall) {
    this.#call = call;
  }

  /**
   * The contracting path.
   *
   * @param first - the first skip
   * @param image - what runs beside the map, where the network has such levels
   * @returns all skips, the first one first
   */
  down(levels: readonly LevelPlan[], first: tf.Tensor4D, image: tf.Tensor4D): tf.Tensor4D[] {
    const skips = [first];
    let beside = image;
    for (const { blocks, resample, sideImage } of levels) {
      for (const block of blocks) skips.push(this.#block(block, skips.at(-1) as tf.Tensor4D));
      if (!resample) continue;
      const halved = this.#halved(resample, skips.at(-1) as tf.Tensor4D);
      if (sideImage) beside = halvedByFilter(beside);
      skips.push(sideImage?.conv ? tf.add(this.#call.layers.conv(sideImage.conv, beside), halved) : halved);
    }
    return skips;
  }

  /** The blocks of the middle. */
  middle(blocks: readonly BlockPlan[], x: tf.Tensor4D): tf.Tensor4D {
    return blocks.reduce((map, block) => this.#block(block, map), x);
  }

  /** The expanding path over the skips, the last of them first. */
  up(levels: readonly LevelPlan[], x: tf.Tensor4D, skips: readonly tf.Tensor4D[]): MapAndImage {
    const left = [...skips];
    return levels.reduce<MapAndImage>((held, level) => this.#up(level, held, left), { map: x });
  }

  #up({ blocks, resample, sideImage }: LevelPlan, { map, image }: MapAndImage, skips: tf.Tensor4D[]): MapAndImage {
    const hidden = blocks.reduce(
      (held, block) => this.#block(block, tf.concat([held, skips.pop() as tf.Tensor4D], 3)),
      map,
    );
    const beside = sideImage ? this.#imageAbove(sideImage, hidden, image) : undefined;
    const next = skips.at(-1);
    const doubled = resample ? this.#doubled(resample, hidden, next) : hidden;
    return { map: doubled, ...(beside ? { image: beside } : {}) };
  }

  #block({ resnet, attention, transformer }: BlockPlan, x: tf.Tensor4D): tf.Tensor4D {
    const hidden = this.#resnet(resnet, x);
    const mixed = attention ? this.#attention(attention, hidden) : hidden;
    return transformer ? this.#transformer(transformer, mixed) : mixed;
  }

  #resnet(plan: ResnetPlan, x: tf.Tensor4D): tf.Tensor4D {
    if (this.#changes(SKIP_LAYER, plan.prefix)) return x;
    return resnetBlock(this.#call.layers, plan, x, this.#call.time);
  }

  #attention(plan: AttentionPlan, x: tf.Tensor4D): tf.Tensor4D {
    if (this.#changes(SKIP_LAYER, plan.prefix)) return x;
    return attentionBlock(this.#call.layers, plan, x, this.#changes(IDENTITY_ATTENTION, plan.prefix));
  }

  #transformer(plan: TransformerPlan, x: tf.Tensor4D): tf.Tensor4D {
    if (this.#changes(SKIP_LAYER, plan.prefix)) return x;
    return transformerBlocks(this.#call.layers, plan, x, this.#call.context as Context, (name) =>
      this.#changes(IDENTITY_ATTENTION, name),
    );
  }

  #changes(kind: string, layer: string): boolean {
    return isPerturbed(this.#call.perturbation, kind, layer);
  }

  #halved(resample: ResamplePlan, x: tf.Tensor4D): tf.Tensor4D {
    return resample.kind === 'resnet'
      ? this.#resnet(resample.resnet, x)
      : halvedByConvolution(this.#call.layers, resample.prefix, x, this.#call.padding);
  }

  /** An odd side was rounded up when it was halved: what stands over beside the next skip is cut off. */
  #doubled(resample: ResamplePlan, x: tf.Tensor4D, next: tf.Tensor4D | undefined): tf.Tensor4D {
    if (resample.kind === 'resnet') return this.#resnet(resample.resnet, x);
    const doubled = upsampleNearest2x(x);
    const [batch, height, width, channels] = doubled.shape;
    const [, rows = height, columns = width] = next?.shape ?? [];
    const fits = rows === height && columns === width;
    const cut = fits ? doubled : tf.slice(doubled, [0, 0, 0, 0], [batch, rows, columns, channels]);
    return this.#call.layers.conv(resample.prefix, cut);
  }

  #imageAbove({ conv, norm }: SideImagePlan, map: tf.Tensor4D, image?: tf.Tensor4D): tf.Tensor4D | undefined {
    const doubled = image === undefined ? undefined : doubledByFilter(image);
    if (conv === undefined || norm === undefined) return doubled;
    const { layers } = this.#call;
    const read = layers.conv(conv, silu(layers.norm(norm.prefix, map, { groups: norm.groups })));
    return doubled === undefined ? read : tf.add(doubled, read);
  }
}
