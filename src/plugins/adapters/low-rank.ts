import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import type { Adapter } from '../../core/contracts/adapter.js';
import type { Denoiser, ParameterLayout, ParameterSet } from '../../core/contracts/denoiser.js';
import { DiffusionError } from '../../core/errors/diffusion-error.js';
import { listOf, MOST, real, seedNumber, whole } from '../../core/assembly/config-numbers.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { every, optional } from '../../core/assembly/injection.js';
import { Roles } from '../../core/assembly/roles.js';

const pattern = z.string().min(1);
const scaleConfig = real().default(1).describe('0 leaves the network as it is, 1 adapts it; may be live');
const config = z.strictObject({
  slot: z.string().default('denoiser').describe('slot of the network whose weights are changed'),
  rank: whole(MOST.width).default(4).describe('rank of each delta'),
  alpha: real().optional().describe('deltas are multiplied by alpha / rank; as large as the rank where absent'),
  scale: scaleConfig,
  targets: listOf(pattern, MOST.width)
    .default(['*'])
    .describe('names of linear and convolution weights that are changed; `*` stands for any characters'),
  seed: seedNumber().default(0).describe('seed of the initial weights'),
});

/**
 * Low-rank deltas of linear and convolution weights: `W + scale * alpha / rank * up down` (Hu et al. 2021, equation 3).
 * `down` is drawn, `up` starts at zero, so that an adapter that was not trained changes nothing. Its weights are named
 * `<name>.lora_down` and `<name>.lora_up`. When: one network in several styles, each a small file.
 */
export const lowRank = definePlugin({
  role: Roles.adapter,
  name: 'low-rank',
  summary: 'Low-rank deltas of linear and convolution weights (LoRA): W + scale * alpha / rank * up down.',
  reference: 'Hu et al. 2021, equation 3',
  tags: { live: true, when: 'one network in several styles, each a small file of weights' },
  config,
  inject: { networks: every(Roles.denoiser), noise: Roles.noise, engine: optional(Roles.engine) },
  async create({ config, networks, noise, engine }): Promise<Adapter> {
    const { slot, rank, alpha = rank, seed, scale } = config;
    const weights = targetsIn(networks, config);
    const shapes = weights.flatMap((weight) => partsOf(weight, rank));
    const numbers = ({ name, shape, fanIn }: Part): Float32Array => {
      const count = shape.reduce((product, side) => product * side, 1);
      if (fanIn === undefined) return new Float32Array(count);
      const drawn = noise.normal({ seed, purpose: `parameters/${name}`, step: 0 }, count);
      return Float32Array.from(drawn, (value) => value / Math.sqrt(fanIn));
    };
    const make = (): ParameterSet =>
      Object.fromEntries(shapes.map((part) => [part.name, tf.tensor(numbers(part), [...part.shape])]));
    await engine?.start();
    const parameters = engine ? engine.run(make) : make();
    return {
      slot,
      scale,
      parameters,
      changes: Object.fromEntries(weights.map(({ name, shape }) => [name, shape])),
      layout: (name) => shapes.find((part) => part.name === name)?.layout ?? 'same',
      live: { scale: (value) => value !== undefined && scaleConfig.safeParse(value).success },
      apply(base, own, scale) {
        const factor = tf.mul(scale, alpha / rank);
        return Object.fromEntries(
          weights.map(({ name }) => [name, changed(base[name] as tf.Tensor, name, own, factor)]),
        );
      },
      dispose: () => tf.dispose(parameters),
    };
  },
});

/** A weight that is changed: `[in, out]`, or `[height, width, in, out]` for a convolution. */
interface Target {
  readonly name: string;
  readonly shape: readonly number[];
  readonly layout: ParameterLayout;
}

/** One of the two tensors of a delta. */
interface Part extends Target {
  /** Inputs of one number that it gives, by which it is drawn; it starts at zero where absent. */
  readonly fanIn?: number;
}

/** The weights of the network that the patterns name. Throws `RXD_COMBINATION` where there are none. */
function targetsIn(
  networks: Readonly<Record<string, Denoiser>>,
  { slot, targets }: Pick<z.output<typeof config>, 'slot' | 'targets'>,
): readonly Target[] {
  const network = Object.hasOwn(networks, slot) ? networks[slot] : undefined;
  const weights = Object.entries(network?.parameters ?? {}).map(([name, { shape }]): Target => {
    return { name, shape, layout: network?.layout?.(name) ?? 'same' };
  });
  const layers = weights.filter(({ layout }) => layout !== 'same');
  const asked = targets.map((target) => [target, layers.filter(({ name }) => fits(target, name))] as const);
  const vain = asked.find(([, found]) => found.length === 0);
  if (vain === undefined) return layers.filter((layer) => asked.some(([, found]) => found.includes(layer)));
  throw new DiffusionError('RXD_COMBINATION', {
    problem: network
      ? 'the adapter’s targets name no linear or convolution weight of the network'
      : `there is no network in the slot ${slot}`,
    got: network ? vain[0] : Object.keys(networks).join(', ') || 'no networks',
    expected: network
      ? `a pattern for names such as ${layers
          .slice(0, 4)
          .map(({ name }) => name)
          .join(', ')}`
      : slot,
    fix: 'correct `targets` or `slot` in the config of the adapter; `*` stands for any characters',
    plugin: 'adapter/low-rank',
  });
}

function fits(target: string, name: string): boolean {
  const parts = target.split('*').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('.*')}$`).test(name);
}

/** Down keeps the window of a convolution, up has none: together they are one convolution of low rank. */
function partsOf({ name, shape, layout }: Target, rank: number): readonly Part[] {
  const [window, out] = [shape.slice(0, -1), shape.at(-1) ?? 1];
  const fanIn = window.reduce((product, side) => product * side, 1);
  return [
    { name: `${name}.lora_down`, shape: [...window, rank], layout, fanIn },
    { name: `${name}.lora_up`, shape: [...shape.slice(0, -2).map(() => 1), rank, out], layout },
  ];
}

function changed(weight: tf.Tensor, name: string, own: ParameterSet, factor: tf.Tensor): tf.Tensor {
  const [down, up] = [own[`${name}.lora_down`] as tf.Tensor, own[`${name}.lora_up`] as tf.Tensor];
  const [rank, out] = up.shape.slice(-2) as [number, number];
  const delta = tf.matMul(tf.reshape(down, [-1, rank]), tf.reshape(up, [rank, out]));
  return tf.add(weight, tf.mul(factor, tf.reshape(delta, weight.shape)));
}
