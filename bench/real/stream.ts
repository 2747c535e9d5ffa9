import * as tf from '@tensorflow/tfjs';
import { definePlugin, diffusion, Roles, type Denoiser } from 'rxdiffusion';
import { nodePlugins } from 'rxdiffusion/node';
import { z } from 'zod';
import { median, rounded, type Figure } from '../figures.js';
import { MODELS } from './models.js';
import { PARTS } from './parts.js';
import { randomFolder } from './random-weights.js';
import { ours } from './side.js';

const STEPS = 50;
const ROUNDS = 5;
const SHAPE = [32, 32, 4];

/** A network that does nothing, on latents of 32x32. */
const noop = definePlugin({
  role: Roles.denoiser,
  name: 'noop',
  config: z.strictObject({}),
  create: (): Denoiser => ({ info: { sampleShape: SHAPE }, parameters: {}, predict: (_, x) => tf.clone(x) }),
});

/** What a step costs beside its network call: a whole run over a network that does nothing, as a share of a U-Net's call. */
export async function stream(): Promise<readonly Figure[]> {
  const plugins = {
    ...{ engine: 'onnxruntime', noise: 'philox', schedule: 'linear', grid: 'leading', parameterization: 'epsilon' },
    ...{ sampler: 'ddim', denoiser: 'noop' },
  };
  await using pipeline = await diffusion({ format: 1, plugins }, { plugins: [...nodePlugins, noop] });
  const times: number[] = [];
  for (let round = -1; round < ROUNDS; round++) {
    const began = performance.now();
    using result = await pipeline.sample({ steps: STEPS, count: 2 });
    await result.x.data();
    if (round >= 0) times.push((performance.now() - began) / STEPS);
  }
  const { specs, stem } = PARTS.unet();
  await using folder = await randomFolder(MODELS.unet, specs, stem);
  const { callMs } = await ours({ model: 'unet', folder: folder.path, batch: 2, size: 32, runs: 2 });
  const [step, call] = [median(times), median(callMs)];
  return [
    {
      what: 'a step beside its network call (no-op network), and the call of the U-Net at 32x32, ms',
      ours: rounded(step, 2),
      theirs: rounded(call, 0),
      ratio: rounded(step / call, 4),
      target: '<= 0.01',
    },
  ];
}
