import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { positive } from '../../core/assembly/config-numbers.js';
import type { Objective, ObjectiveContext } from '../../core/contracts/training.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { lossWeight } from './loss-weight.js';
import { DiffusionError } from '../../core/errors/diffusion-error.js';
import type { NoiseLevel } from '../../core/contracts/noise-level.js';
import type { Preconditioning } from '../../core/contracts/parameterization.js';

const config = z.strictObject({
  target: z
    .enum(['noise', 'v', 'x0', 'flow'])
    .default('noise')
    .describe('What the error is measured in under uniform weighting: noise, v, x0 or flow (noise - x0)'),
  weighting: z
    .enum(['uniform', 'snr', 'min-snr', 'edm'])
    .default('uniform')
    .describe('Weight of a noise level: uniform in the target, or one of the named weights of the error of x0'),
  gamma: positive().default(5).describe('Bound of the signal-to-noise ratio in min-snr'),
  sigmaData: positive().default(0.5).describe('Standard deviation of the data in weighting edm'),
});

/**
 * Denoising score matching for every parameterization and every path: the loss of an example is `w mean((o - o*)²)`, with
 * `o` the network's output and `o*` the one that gives back the true clean sample and noise (Vincent 2011; Ho et al. 2020,
 * equation 14). `target` and `weighting` set only `w`: see `lossWeight` for each, with its source.
 * When: every network; target and weighting choose the loss of the paper that it follows.
 */
export const denoisingScoreMatching = definePlugin({
  role: Roles.objective,
  name: 'denoising-score-matching',
  summary:
    'The weighted squared error of the network’s estimate of the clean sample or the noise, for every parameterization and path.',
  reference:
    'Vincent 2011; Ho et al. 2020, equation 14; Salimans & Ho 2022; Hang et al. 2023, section 3.4; Karras et al. 2022, table 1',
  tags: { when: 'every network: target and weighting choose the loss of the paper that it follows' },
  config,
  create: ({ config: options }): Objective => ({
    coefficients(level, reading) {
      const { x0, noise } = outputTarget(level, reading);
      return { targetX0: x0, targetNoise: noise, weight: lossWeight(level, reading, options) };
    },
    loss: weightedError,
  }),
});

function weightedError({ x0, noise, output, coefficients }: ObjectiveContext): tf.Tensor1D {
  const { targetX0, targetNoise, weight } = coefficients as Record<'targetX0' | 'targetNoise' | 'weight', tf.Tensor1D>;
  const count = x0.shape[0] ?? 1;
  const rows = (batch: tf.Tensor): tf.Tensor2D => tf.reshape(batch, [count, -1]);
  const column = (numbers: tf.Tensor1D): tf.Tensor2D => tf.reshape(numbers, [count, 1]);
  const target = tf.add(tf.mul(rows(x0), column(targetX0)), tf.mul(rows(noise), column(targetNoise)));
  const error = tf.mean(tf.squaredDifference(rows(output), target), 1);
  return tf.mul(error, weight) as tf.Tensor1D;
}

/** What a perfect network would put out, as a combination of the clean sample and the noise. */
interface OutputTarget {
  readonly x0: number;
  readonly noise: number;
}

/**
 * The output that reads back as exactly this clean sample and this noise.
 *
 * A reading is the linear map `denoised = a x + b o`, `noise = c x + d o`. Its inverse gives, without dividing small
 * differences, `o = (a noise - c x0) / (a d - b c)`. At an end of the path one row is infinite (epsilon at alpha = 0,
 * x0 at sigma = 0); the other row alone then tells the output.
 *
 * @throws DiffusionError `RXD_PLUGIN_OUTPUT` where the output plays no part in the reading (b = d = 0), for example the
 * edm parameterization at sigma = 0
 */
function outputTarget(level: NoiseLevel, { denoised, noise }: Preconditioning): OutputTarget {
  const { alpha, sigma } = level;
  const determinant = denoised.x * noise.output - denoised.output * noise.x;
  const candidates: readonly OutputTarget[] = [
    { x0: -noise.x / determinant, noise: denoised.x / determinant },
    { x0: (-noise.x * alpha) / noise.output, noise: (1 - noise.x * sigma) / noise.output },
    { x0: (1 - denoised.x * alpha) / denoised.output, noise: (-denoised.x * sigma) / denoised.output },
  ];
  const target = candidates.find(({ x0, noise: unit }) => Number.isFinite(x0) && Number.isFinite(unit));
  if (target !== undefined) return target;
  throw new DiffusionError('RXD_PLUGIN_OUTPUT', {
    plugin: 'objective/denoising-score-matching',
    problem: "the network's output plays no part in the parameterization's reading at this noise level",
    got: `alpha ${alpha}, sigma ${sigma}`,
    expected: 'a level at which the output decides the clean sample or the noise',
    fix: 'let the timestep sampler draw levels with sigma > 0',
  });
}
