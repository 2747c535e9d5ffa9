import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { MOST, seedNumber, whole } from '../../core/assembly/config-numbers.js';
import type { Conditioning, ConditionSpec } from '../../core/contracts/conditioning.js';
import type { Denoiser, ParameterSet, Perturbation } from '../../core/contracts/denoiser.js';
import { silu } from '../../core/kernels/silu.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { optional } from '../../core/assembly/injection.js';
import { Roles } from '../../core/assembly/roles.js';
import { addClassEmbedding, classInfo } from './class-embedding.js';
import { ownParameters } from '../../core/networks/own-parameters.js';
import { attended, attentionSpecs } from './token-attention.js';
import {
  embeddingSpecs,
  linearSpecs,
  parameterBytes,
  type ParameterSpecs,
} from '../../core/networks/parameter-specs.js';
import { isPerturbed } from '../../core/networks/perturbed.js';
import { sinusoid } from '../../core/networks/sinusoid.js';

const config = z.strictObject({
  dimensions: whole(MOST.width).default(2).describe('numbers of one point'),
  width: whole(MOST.width, 2).default(128).describe('units of each layer'),
  blocks: whole(MOST.layers).default(3).describe('residual blocks'),
  classes: whole(MOST.classes).optional().describe('rows of the class table, the null class included'),
  tokens: whole(MOST.width).optional().describe('numbers of one token of a text; each block attends to `tokens` then'),
  seed: seedNumber().default(0).describe('seed of the initial weights'),
});

type MlpConfig = z.output<typeof config>;

/**
 * A residual network of linear layers for points: `h + W2 silu(W1 h + W3 e)` in each block, with `e` the embedding of
 * time and class (He et al. 2016; Vaswani et al. 2017, section 3.5, for the sinusoid). When: data are points: a small
 * network that trains in seconds. With `tokens` each block also attends to those of a text (conditioner words).
 */
export const mlp = definePlugin({
  role: Roles.denoiser,
  name: 'mlp',
  summary: 'A residual network of linear layers for points, with time and class added in every block.',
  reference: 'He et al. 2016; Vaswani et al. 2017, section 3.5, for the sinusoid of time',
  tags: {
    data: 'points',
    perturbations: 'skip-layer',
    when: 'data are points: a small network that trains in seconds',
  },
  config,
  inject: { noise: Roles.noise, engine: optional(Roles.engine) },
  memory: (config) => parameterBytes(specsOf(config)),
  async create({ config, noise, engine, weights }): Promise<Denoiser> {
    const specs = specsOf(config);
    const parameters = await ownParameters(specs, { noise, engine, weights, seed: config.seed });
    return {
      info: {
        sampleShape: [config.dimensions],
        activations: 4 * config.width,
        takes: { ...classInfo(config.classes).takes, ...tokensTaken(config) },
        ...(config.classes ? { classes: config.classes } : {}),
        perturbations: { 'skip-layer': blocksOf(config) },
      },
      parameters,
      layout: (name) => specs[name]?.layout ?? 'same',
      predict: (weights, x, ...rest) => predict(config, weights, x as tf.Tensor2D, ...rest),
      dispose: () => tf.dispose(parameters),
    };
  },
});

function tokensTaken({ tokens }: MlpConfig): ConditionSpec {
  return tokens === undefined ? {} : { tokens: { dtype: 'float32', shape: ['tokens', tokens] } };
}

/** The names of the blocks. */
function blocksOf({ blocks }: MlpConfig): readonly string[] {
  return Array.from({ length: blocks }, (_, block) => `blocks.${block}`);
}

function specsOf(config: MlpConfig): ParameterSpecs {
  const { dimensions, width, classes, tokens } = config;
  return Object.assign(
    {},
    linearSpecs('input', dimensions, width),
    linearSpecs('time_embedding.linear_1', width, width),
    linearSpecs('time_embedding.linear_2', width, width),
    classes ? embeddingSpecs('class_embedding', classes, width) : {},
    ...blocksOf(config).map((block) => ({
      ...(tokens === undefined ? {} : attentionSpecs(`${block}.attention`, width, tokens)),
      ...linearSpecs(`${block}.linear_1`, width, width),
      ...linearSpecs(`${block}.embedding`, width, width),
      ...linearSpecs(`${block}.linear_2`, width, width),
    })),
    linearSpecs('output', width, dimensions),
  ) as ParameterSpecs;
}

function predict(
  config: MlpConfig,
  weights: ParameterSet,
  x: tf.Tensor2D,
  time: tf.Tensor1D,
  conditioning: Conditioning,
  perturbation?: Required<Perturbation>,
): tf.Tensor2D {
  const { width, classes, tokens } = config;
  const linear = (prefix: string, input: tf.Tensor): tf.Tensor2D =>
    tf.add(tf.matMul(input as tf.Tensor2D, weights[`${prefix}.weight`] as tf.Tensor2D), weight(`${prefix}.bias`));
  const weight = (name: string): tf.Tensor => weights[name] as tf.Tensor;
  const waves = sinusoid(time, { width, freqShift: 0, flipSinToCos: true });
  const timed = linear('time_embedding.linear_2', silu(linear('time_embedding.linear_1', waves)));
  const embedded = classes ? addClassEmbedding(timed, weight('class_embedding.weight'), conditioning) : timed;
  const active = silu(embedded);
  let hidden = linear('input', x);
  for (const block of blocksOf(config)) {
    if (isPerturbed(perturbation, 'skip-layer', block)) continue;
    if (tokens !== undefined) hidden = tf.add(hidden, attended(`${block}.attention`, hidden, conditioning, linear));
    const first = tf.add(linear(`${block}.linear_1`, hidden), linear(`${block}.embedding`, active));
    hidden = tf.add(hidden, linear(`${block}.linear_2`, silu(first)));
  }
  return linear('output', silu(hidden));
}
