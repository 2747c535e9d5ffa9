/**
 * Few numbers for a large change: a weight matrix moves by the Kronecker product of two small ones.
 *
 * `W + scale * A (x) B` (LoKr: Yeh et al. 2023, "Navigating Text-To-Image Customization", equation 4; Hyeon-Woo et al. 2022).
 * The rank of a product is that of its factors multiplied, where a low-rank adapter of as many numbers stays low.
 */
import { definePlugin, every, Roles, type Adapter, type ParameterSet } from 'rxdiffusion/plugin';
import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';

/** `[a, b] (x) [c, d]` as `[a * c, b * d]`. */
function kronecker(first: tf.Tensor, second: tf.Tensor): tf.Tensor {
  const [[a = 1, b = 1], [c = 1, d = 1]] = [first.shape, second.shape];
  return tf.reshape(tf.mul(tf.reshape(first, [a, 1, b, 1]), tf.reshape(second, [1, c, 1, d])), [a * c, b * d]);
}

const finite = z.number().min(-1e9).max(1e9);

export const kroneckerAdapter = definePlugin({
  role: Roles.adapter,
  name: 'kronecker',
  summary: 'Weight matrices moved by the Kronecker product of two small matrices (LoKr).',
  reference: 'Yeh et al. 2023, "Navigating Text-To-Image Customization", equation 4',
  tags: { live: true, when: 'an adapter has to be small, and a low rank is too little' },
  config: z.strictObject({
    slot: z.string().default('denoiser').describe('slot of the network'),
    targets: z.array(z.string()).min(1).describe('names of the weight matrices that are moved'),
    factor: z.int().min(1).max(1024).default(2).describe('height and width of the first matrix'),
    scale: finite.default(1).describe('0 leaves the network as it is; may be live'),
  }),
  inject: { networks: every(Roles.denoiser), noise: Roles.noise },
  create({ config: { slot, targets, factor, scale }, networks, noise }): Adapter {
    const shapeOf = (name: string): readonly number[] => networks[slot]?.parameters[name]?.shape ?? [factor, factor];
    const made = targets.flatMap((name): [string, tf.Tensor][] => {
      const first = Float32Array.from(noise.normal({ seed: 0, purpose: `kronecker/${name}`, step: 0 }, factor ** 2));
      const [rows = factor, columns = factor] = shapeOf(name);
      return [
        [`${name}.a`, tf.tensor2d(first, [factor, factor])],
        // It starts at zero, so that nothing changes before it is trained.
        [`${name}.b`, tf.zeros([Math.ceil(rows / factor), Math.ceil(columns / factor)])],
      ];
    });
    const parameters: ParameterSet = Object.fromEntries(made);
    const moved = (base: ParameterSet, own: ParameterSet, by: tf.Tensor, name: string): tf.Tensor => {
      const [weight, a, b] = [base[name], own[`${name}.a`], own[`${name}.b`]] as [tf.Tensor, tf.Tensor, tf.Tensor];
      // Where a side is no multiple of the factor, the product is larger and cut.
      return tf.add(weight, tf.mul(by, tf.slice(kronecker(a, b), [0, 0], [...weight.shape] as [number, number])));
    };
    return {
      ...{ slot, scale, parameters },
      changes: Object.fromEntries(targets.map((name) => [name, shapeOf(name)])),
      live: { scale: (value) => finite.safeParse(value).success },
      apply: (base, own, by) => Object.fromEntries(targets.map((name) => [name, moved(base, own, by, name)])),
      dispose: () => tf.dispose(parameters),
    };
  },
});
