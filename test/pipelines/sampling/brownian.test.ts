import * as tf from '@tensorflow/tfjs';
import { lastValueFrom, of, toArray } from 'rxjs';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Denoiser } from '../../../src/core/contracts/denoiser.js';
import type { Settings } from '../../../src/core/assembly/plain-json.js';
import { Roles } from '../../../src/core/assembly/roles.js';
import { pixels } from '../../../src/pipelines/sampling/pixels.js';
import { reverse } from '../../../src/pipelines/sampling/reverse.js';
import type { SampleRequest } from '../../../src/core/sampling/sample-request.js';
import { startingNoise } from '../../../src/pipelines/sampling/starting-noise.js';
import { philox } from '../../../src/plugins/noise/philox.js';
import { create, made } from '../../plugins/plugins-of.js';
import { parts } from './parts.js';

/** Some smooth estimate of the clean sample. */
const smooth: Denoiser = { info: { sampleShape: [6] }, parameters: {}, predict: (_, x) => tf.tanh(x) };

async function ends(config: Settings, request: SampleRequest): Promise<Float32Array> {
  const sampler = await made(Roles.sampler, 'dpmpp-2m-sde', config);
  const use = { ...parts(smooth, sampler), noise: await create(philox) };
  const events = await lastValueFrom(of(request).pipe(startingNoise(use), reverse(use), pixels('x'), toArray()));
  return events.at(-1)?.images.data ?? new Float32Array();
}

const distance = (a: Float32Array, b: Float32Array): number =>
  Math.sqrt(a.reduce((sum, value, i) => sum + (value - (b[i] ?? Number.NaN)) ** 2, 0) / a.length);

beforeEach(() => tf.setBackend('cpu'));

describe('a run on its Brownian path', () => {
  it('keeps its sample when it makes more steps; one with independent noise does not', async () => {
    const request = { seed: 4, count: 8 };
    const between = async (config: Settings): Promise<number> =>
      distance(await ends(config, { ...request, steps: 24 }), await ends(config, { ...request, steps: 48 }));
    expect(await between({})).toBeLessThan((await between({ noise: 'independent' })) / 4);
  });

  it('gives a batch that equals its singles', async () => {
    const batch = await ends({}, { seed: 4, count: 3, steps: 6 });
    const single = await ends({}, { seed: 6, steps: 6 });
    expect(batch.slice(12)).toEqual(single);
  });
});
