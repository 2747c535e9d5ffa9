import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import type { Adapter } from '../../core/contracts/adapter.js';
import type { ParameterSet } from '../../core/contracts/denoiser.js';
import { listOf, MOST, real, seedNumber, whole } from '../../core/assembly/config-numbers.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { every, optional } from '../../core/assembly/injection.js';
import { Roles } from '../../core/assembly/roles.js';
import { ownParameters } from '../../core/networks/own-parameters.js';
import { deltaSpecs, downOf, layersOf, upOf, type Layer } from './low-rank-layers.js';

const pattern = z.string().min(1);
const rank = whole(MOST.width);
const scaleConfig = real().default(1).describe('0 leaves the network as it is, 1 adapts it; may be live');
const config = z.strictObject({
  slot: z
    .string()
    .default('denoiser')
    .describe('slot of the network whose weights are changed: a denoiser, or `conditioner`'),
  rank: rank.default(4).describe('rank of each delta'),
  alpha: real().optional().describe('deltas are multiplied by alpha / rank; as large as the rank where absent'),
  scale: scaleConfig,
  targets: listOf(pattern, MOST.width)
    .default(['*'])
    .describe('names of linear and convolution weights that are changed; `*` stands for any characters'),
  layers: z
    .record(pattern, z.strictObject({ rank, alpha: real().optional() }))
    .optional()
    .describe('rank and alpha by the name of a weight, in place of `targets`, `rank` and `alpha`'),
  frozen: z.boolean().default(false).describe('true where training leaves its weights as they are'),
  seed: seedNumber().default(0).describe('seed of the initial weights'),
});

/**
 * Low-rank deltas of linear and convolution weights: `W + scale * alpha / rank * up down` (Hu et al. 2021, equation 3).
 * `down` is drawn, `up` starts at zero, so that an adapter that was not trained changes nothing. Its weights are named
 * `<name>.lora_down` and `<name>.lora_up`; `readLora` reads them from files of others. When: one network in several styles,
 * each a small file.
 */
export const lowRank = definePlugin({
  role: Roles.adapter,
  name: 'low-rank',
  summary: 'Low-rank deltas of linear and convolution weights (LoRA): W + scale * alpha / rank * up down.',
  reference: 'Hu et al. 2021, equation 3',
  tags: { live: true, when: 'one network in several styles, each a small file of weights' },
  config,
  inject: {
    networks: every(Roles.denoiser),
    conditioners: every(Roles.conditioner),
    noise: Roles.noise,
    engine: optional(Roles.engine),
  },
  async create({ config, networks, conditioners, ...from }): Promise<Adapter> {
    const layers = layersOf({ ...conditioners, ...networks }, config);
    const specs = deltaSpecs(layers);
    const parameters = await ownParameters(specs, { ...from, seed: config.seed });
    return {
      slot: config.slot,
      scale: config.scale,
      frozen: config.frozen,
      parameters,
      changes: Object.fromEntries(layers.map(({ name, shape }) => [name, shape])),
      layout: (name) => specs[name]?.layout ?? 'same',
      live: { scale: (value) => value !== undefined && scaleConfig.safeParse(value).success },
      apply: (base, own, scale) =>
        Object.fromEntries(
          layers.map((layer) => [layer.name, changed(layer, base[layer.name] as tf.Tensor, own, scale)]),
        ),
      dispose: () => tf.dispose({ ...parameters }),
    };
  },
});

function changed({ name, factor }: Layer, weight: tf.Tensor, own: ParameterSet, scale: tf.Scalar): tf.Tensor {
  const [down, up] = [own[downOf(name)] as tf.Tensor, own[upOf(name)] as tf.Tensor];
  const [rank, out] = up.shape.slice(-2) as [number, number];
  const delta = tf.matMul(tf.reshape(down, [-1, rank]), tf.reshape(up, [rank, out]));
  return tf.add(weight, tf.mul(tf.mul(scale, factor), tf.reshape(delta, weight.shape)));
}
