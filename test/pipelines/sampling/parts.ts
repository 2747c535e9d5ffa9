import * as tf from '@tensorflow/tfjs';
import type { Denoiser } from '../../../src/core/contracts/denoiser.js';
import type { Engine } from '../../../src/core/contracts/engine.js';
import type { NoiseLevel } from '../../../src/core/contracts/noise-level.js';
import type { NoiseSchedule } from '../../../src/core/contracts/noise-schedule.js';
import type { NoiseSource } from '../../../src/core/contracts/noise-source.js';
import type { Sampler } from '../../../src/core/contracts/sampler.js';
import { flowLevel, level } from '../../../src/core/math/levels.js';
import { PREDICTIONS } from '../../../src/core/math/predictions.js';
import { defineSampler } from '../../../src/core/assembly/define-sampler.js';
import { scoped } from '../../../src/core/tensors/scoped.js';
import type { ReverseParts } from '../../../src/core/sampling/reverse-parts.js';
import type { StartingNoiseParts } from '../../../src/core/sampling/start/starting-point.js';

/** An engine as small as can be, on tfjs' CPU backend. */
export const cpu: Engine = {
  name: 'test-cpu',
  backend: 'cpu',
  probe: () => Promise.resolve({ name: 'test-cpu', available: true, detail: '' }),
  start: async () => {
    await tf.setBackend('cpu');
  },
  run: (work) => work(),
  compile: (work) => (input) => scoped(() => work(input)),
  realize: () => Promise.resolve(),
  stop: () => Promise.resolve(),
};

/** Flow path: x = (1 - t) x0 + t noise. */
export const schedule: NoiseSchedule = {
  path: 'flow',
  tMin: 0.001,
  tMax: 1,
  clean: level(0, 1, 0),
  at: (t) => level(t, 1 - t, t),
  timeAt: (lambda) => 1 / (1 + Math.exp(lambda)),
  levelAt: (lambda) => flowLevel(1 / (1 + Math.exp(lambda)), lambda),
  priorStd: ({ sigma }) => sigma,
};

/** Not random, but keyed: what is drawn depends on the key and the place only. */
export const noise: NoiseSource = {
  normal: ({ seed, purpose, step }, count) =>
    Float64Array.from({ length: count }, (_, i) => Math.sin(seed * 12.9 + purpose.length * 7.7 + step * 3.3 + i)),
  uniform: ({ seed, step }, count) => Float64Array.from({ length: count }, (_, i) => (seed + step + i * 0.1) % 1),
};

/** Says that the clean sample is `parameters.mean`, whatever it is shown. */
export function constantDenoiser(mean: tf.Tensor, onCall: () => void = () => undefined): Denoiser {
  return {
    info: { sampleShape: [2, 2, 1] },
    parameters: { mean },
    predict: (parameters, x) => {
      onCall();
      return tf.add(tf.zerosLike(x), parameters['mean'] as tf.Tensor);
    },
  };
}

/** Euler on any path, written as DDIM. */
export const euler: Sampler = defineSampler({
  order: 1,
  stochastic: false,
  init: (x) => ({ x }),
  step: ({ x }, { from, to, denoise, combine }) => {
    const { denoised, noise: direction } = denoise(x, from);
    return { x: combine([to.alpha, denoised], [to.sigma, direction]) };
  },
});

/** The same with fresh noise instead of the estimated one. */
export const renoise: Sampler = defineSampler({
  order: 1,
  stochastic: true,
  init: (x) => ({ x }),
  step: ({ x }, ctx) => ({
    x: ctx.combine([ctx.to.alpha, ctx.denoise(x, ctx.from).denoised], [ctx.to.sigma, ctx.noise()]),
  }),
});

const grid = {
  levels: (path: NoiseSchedule, steps: number): readonly NoiseLevel[] =>
    Array.from({ length: steps + 1 }, (_, i) => (i === steps ? path.clean : path.at(1 - i / steps))),
};

/** Everything that a run needs, around one denoiser. */
export function parts(denoiser: Denoiser, sampler: Sampler = euler): ReverseParts & StartingNoiseParts {
  const parameterization = { at: (at: NoiseLevel) => ({ inputScale: 1, time: at.t, ...PREDICTIONS.x0(at) }) };
  const { sampleShape } = denoiser.info;
  return { engine: cpu, schedule, grid, noise, parameterization, denoiser, sampler, sampleShape };
}
