import * as tf from '@tensorflow/tfjs';
import { lastValueFrom, of } from 'rxjs';
import {
  assemble,
  catalogue,
  reverse,
  samplingParts,
  standardPlugins,
  startingNoise,
  type Denoiser,
} from 'rxdiffusion';
import { tensorSpace } from 'rxdiffusion/plugin';
import { median, rounded, type Benchmark } from './figures.js';

const STEPS = 1000;
const PAIRS = 15;
const SHAPE = [1, 2];

/** A network that does nothing: it gives its input back. */
const noop: Denoiser = { info: { sampleShape: [2] }, parameters: {}, predict: (_, x) => tf.clone(x) };

/**
 * What the core costs a step: a 1,000-step run of the observable against a bare `for` loop that calls the same
 * sampler's `step` with the same no-op denoiser on the same backend, disposing as it goes. Medians of paired runs.
 */
export const overhead: Benchmark = async () => {
  const plugins = {
    engine: 'tfjs-cpu',
    noise: 'philox',
    schedule: 'linear',
    grid: 'trailing',
    parameterization: 'epsilon',
    sampler: 'ddim',
    denoiser: { name: 'mlp', config: { width: 2 } },
  };
  await using pipeline = await assemble(catalogue(standardPlugins), { format: 1, plugins });
  const parts = { ...samplingParts(pipeline), denoiser: noop };
  const request = { steps: STEPS };
  const stream = async (): Promise<void> => {
    await lastValueFrom(of(request).pipe(startingNoise(parts), reverse(parts)));
  };
  const loop = (): Promise<void> => {
    parts.engine.run(() => bareLoop(parts));
    return Promise.resolve();
  };
  const pairs: { readonly stream: number; readonly loop: number }[] = [];
  for (let pair = -3; pair < PAIRS; pair++) {
    const figures = { stream: await perStep(stream), loop: await perStep(loop) };
    if (pair >= 0) pairs.push(figures);
  }
  const middle = (of: (pair: (typeof pairs)[number]) => number): number => rounded(median(pairs.map(of)), 1);
  return [
    { what: 'bare loop', 'us a step': middle((pair) => pair.loop) },
    { what: 'observable', 'us a step': middle((pair) => pair.stream) },
    { what: 'overhead (target: at most 30)', 'us a step': middle((pair) => pair.stream - pair.loop) },
  ];
};

async function perStep(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return ((performance.now() - began) * 1000) / STEPS;
}

function bareLoop({ sampler, schedule, grid, parameterization }: ReturnType<typeof samplingParts>): void {
  const levels = grid.levels(schedule, STEPS);
  const asVector = (tensor: tf.Tensor) => tensor as unknown as ReturnType<typeof tensorSpace.exp>;
  let state = sampler.init(asVector(tf.ones(SHAPE)), { ...tensorSpace, levels });
  for (let index = 0; index < STEPS; index++) {
    const [from, to] = [levels[index], levels[index + 1]] as const;
    if (from === undefined || to === undefined) return;
    const before = state;
    state = tf.tidy(() => {
      const next = sampler.step(before, {
        ...tensorSpace,
        ...{ index, count: STEPS, from, to },
        denoise: (x, level) => {
          const reading = parameterization.at(level);
          const output = asVector(tf.clone(x as unknown as tf.Tensor));
          return {
            denoised: tensorSpace.combine([reading.denoised.x, x], [reading.denoised.output, output]),
            noise: tensorSpace.combine([reading.noise.x, x], [reading.noise.output, output]),
          };
        },
        noise: () => asVector(tf.zeros(SHAPE)),
        brownian: () => asVector(tf.zeros(SHAPE)),
        level: () => from,
      });
      return next as unknown as tf.TensorContainer;
    }) as unknown as typeof state;
    tf.dispose(before.x as unknown as tf.Tensor);
  }
  tf.dispose(state.x as unknown as tf.Tensor);
}
