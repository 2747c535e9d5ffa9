import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { MOST, nonNegative, positive, whole } from '../../core/assembly/config-numbers.js';
import type { ParameterSet } from '../../core/contracts/denoiser.js';
import type { Optimizer } from '../../core/contracts/training.js';
import { INCOMPLETE_PLAN, isCompletePlan, learningRateAt, learningRateConfig } from './learning-rate.js';
import { groupsOf, join, separate } from './moment-groups.js';

/** Keeps `maxNorm / norm` finite where all gradients are 0; the value that torch's `clip_grad_norm_` uses. */
const NORM_EPSILON = 1e-6;

/** Euclidean norm of all gradients together. */
function globalNorm(gradients: ParameterSet): tf.Scalar {
  const squares = Object.values(gradients).map((gradient) => tf.sum(tf.square(gradient)));
  return tf.sqrt(tf.addN(squares)) as tf.Scalar;
}

/**
 * Gradients scaled down together so that their global norm is at most `maxNorm` (Pascanu et al. 2013, algorithm 1);
 * unchanged where `maxNorm` is 0.
 */
function clipped(gradients: ParameterSet, norm: tf.Scalar, maxNorm: number): ParameterSet {
  if (maxNorm === 0) return gradients;
  const scale = tf.minimum(tf.div(tf.scalar(maxNorm), tf.add(norm, tf.scalar(NORM_EPSILON))), tf.scalar(1));
  return Object.fromEntries(Object.entries(gradients).map(([name, gradient]) => [name, tf.mul(gradient, scale)]));
}

/** Config of `adam` and `adamw`, which differ in the default of `weightDecay` alone. */
export const momentsConfig = (weightDecay: number) =>
  z
    .strictObject({
      ...learningRateConfig,
      beta1: z.number().min(0).lt(1).default(0.9).describe('Decay of the mean of the gradients'),
      beta2: z.number().min(0).lt(1).default(0.999).describe('Decay of the mean of their squares'),
      epsilon: positive().default(1e-8).describe('Added to the root of the second moment'),
      weightDecay: nonNegative().default(weightDecay).describe('Weight decay; 0 for none'),
      clipNorm: nonNegative().default(1).describe('Largest global norm of the gradients; 0 for no clipping'),
      accumulate: whole(MOST.repeats).default(1).describe('Micro-batches whose gradients are averaged in one update'),
    })
    .refine(isCompletePlan, INCOMPLETE_PLAN);

type MomentsConfig = z.output<ReturnType<typeof momentsConfig>>;

/** Where weight decay acts: on the gradient (`l2`) or on the weights (`decoupled`). */
export type WeightDecayKind = 'l2' | 'decoupled';

/** Scalars of one update, in the folded form of Kingma & Ba 2015, end of section 2. */
type MomentScalars = Readonly<Record<'stepSize' | 'epsilon' | 'shrink', tf.Scalar>>;

/** One group of weights with all that moves it. */
interface Group {
  readonly gradient: tf.Tensor;
  readonly parameter: tf.Tensor;
  readonly mean: tf.Tensor;
  readonly square: tf.Tensor;
}

/** Adam's update rule; `kind` says what weight decay means. State: `m/<group>` and `v/<group>`. */
export function adaptiveMoments(config: MomentsConfig, kind: WeightDecayKind): Optimizer {
  const learningRate = (step: number): number => learningRateAt(config, step);
  return {
    accumulate: config.accumulate,
    learningRate,
    init: (parameters) => tf.tidy(() => emptyMoments(join(parameters, groupsOf(parameters)))),
    scalars(step) {
      const rootCorrection = Math.sqrt(1 - config.beta2 ** (step + 1));
      const rate = learningRate(step);
      return {
        stepSize: (rate * rootCorrection) / (1 - config.beta1 ** (step + 1)),
        epsilon: config.epsilon * rootCorrection,
        shrink: 1 - rate * config.weightDecay,
      };
    },
    update(gradients, state, parameters, scalars) {
      const groups = groupsOf(parameters);
      const [slopes, weights] = [join(gradients, groups), join(parameters, groups)];
      const rule = ruleOf(scalars, config, kind);
      const gradientNorm = globalNorm(slopes);
      const moved = Object.entries(clipped(slopes, gradientNorm, config.clipNorm)).map(([key, gradient]) => {
        const group = {
          gradient,
          parameter: weights[key],
          mean: state[`m/${key}`],
          square: state[`v/${key}`],
        } as Group;
        return [key, moveGroup(group, rule)] as const;
      });
      return {
        parameters: separate(
          Object.fromEntries(moved.map(([key, { parameter }]) => [key, parameter])),
          groups,
          parameters,
        ),
        state: Object.fromEntries(
          moved.flatMap(([key, { mean, square }]) => [
            [`m/${key}`, mean],
            [`v/${key}`, square],
          ]),
        ),
        gradientNorm,
      };
    },
  };
}

function emptyMoments(groups: ParameterSet): ParameterSet {
  return Object.fromEntries(
    Object.entries(groups).flatMap(([key, tensor]) => [
      [`m/${key}`, tf.zerosLike(tensor)],
      [`v/${key}`, tf.zerosLike(tensor)],
    ]),
  );
}

function moveGroup({ gradient, parameter, mean, square }: Group, rule: Rule): Omit<Group, 'gradient'> {
  const { l2, shrink, stepSize, epsilon } = rule;
  const slope = l2 === undefined ? gradient : tf.add(gradient, tf.mul(parameter, l2));
  const base = shrink === undefined ? parameter : tf.mul(parameter, shrink);
  const newMean = blend(mean, slope, rule.mean);
  const newSquare = blend(square, tf.square(slope), rule.square);
  const direction = tf.div(newMean, tf.add(tf.sqrt(newSquare), epsilon));
  return { parameter: tf.sub(base, tf.mul(direction, stepSize)), mean: newMean, square: newSquare };
}

/** How much of the old value and of the new one. */
interface Shares {
  readonly old: tf.Scalar;
  readonly fresh: tf.Scalar;
}

/** All scalars of one update, made once for all groups. */
interface Rule {
  readonly stepSize: tf.Scalar;
  readonly epsilon: tf.Scalar;
  readonly mean: Shares;
  readonly square: Shares;
  /** Present where weights shrink by themselves. */
  readonly shrink: tf.Scalar | undefined;
  /** Present where weights are added to their gradients. */
  readonly l2: tf.Scalar | undefined;
}

function ruleOf({ stepSize, epsilon, shrink }: MomentScalars, config: MomentsConfig, kind: WeightDecayKind): Rule {
  const { beta1, beta2, weightDecay } = config;
  const shares = (beta: number): Shares => ({ old: tf.scalar(beta), fresh: tf.scalar(1 - beta) });
  return {
    stepSize,
    epsilon,
    mean: shares(beta1),
    square: shares(beta2),
    shrink: weightDecay > 0 && kind === 'decoupled' ? shrink : undefined,
    l2: weightDecay > 0 && kind === 'l2' ? tf.scalar(weightDecay) : undefined,
  };
}

function blend(before: tf.Tensor, now: tf.Tensor, { old, fresh }: Shares): tf.Tensor {
  return tf.add(tf.mul(before, old), tf.mul(now, fresh));
}
