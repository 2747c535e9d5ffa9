import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Roles, type NoiseLevel } from 'rxdiffusion';
import { fromFloat64, solve } from 'rxdiffusion/testing';
import { veLevel } from '../../../src/core/math/levels.js';
import { made } from '../plugins-of.js';

interface Call {
  readonly corrections: readonly { readonly out: readonly number[]; readonly noise: readonly number[] }[];
  readonly out: readonly number[];
  readonly noise: readonly number[];
  readonly prev: readonly number[];
  readonly mean: readonly number[];
}

interface Case {
  readonly config: Readonly<Record<'sigma_min' | 'sigma_max' | 'correct_steps' | 'snr', number>>;
  readonly numInferenceSteps: number;
  readonly xT: readonly number[];
  readonly steps: readonly Call[];
}

const file = gunzipSync(readFileSync('test/golden/solvers/ScoreSdeVeScheduler.json.gz')).toString();
const cases = (JSON.parse(file) as { readonly cases: readonly Case[] }).cases;

/**
 * diffusers tells the network a level that is not quite the one that it steps from, so each step is compared by itself,
 * with the recorded outputs: the score, of which the noise is `-sigma` times.
 */
describe('predictor-corrector against ScoreSdeVeScheduler', () => {
  it.each(cases)('$config.correct_steps corrections, $numInferenceSteps steps', async (run) => {
    const { sigma_min: least, sigma_max: most, correct_steps: corrections, snr } = run.config;
    const sampler = await made(Roles.sampler, 'predictor-corrector', { corrections, snr, norms: 'batch' });
    const count = run.numInferenceSteps;
    const noisy = Array.from({ length: count }, (_, i) => {
      const sigma = Math.exp(Math.log(most) + (i / (count - 1)) * Math.log(least / most));
      return veLevel(sigma, -Math.log(sigma));
    });
    const levels = [...noisy, { t: 0, alpha: 1, sigma: 0, lambda: Infinity }];
    run.steps.forEach((call, index) => {
      const level = levels[index] as NoiseLevel;
      const outs = [...call.corrections.map(({ out }) => out), call.out];
      const noises = [...call.corrections.map(({ noise }) => noise), call.noise];
      let [looked, drawn] = [0, 0];
      const end = solve({
        sampler,
        samples: 2,
        levels: [level, levels[index + 1] as NoiseLevel],
        x: Float64Array.from(run.steps[index - 1]?.prev ?? run.xT),
        denoise: () => {
          const noise = fromFloat64(Float64Array.from(outs[looked++] ?? [], (score) => -level.sigma * score));
          return { noise, denoised: noise };
        },
        noise: () => Float64Array.from(noises[drawn++] ?? []),
      });
      const recorded = index === count - 1 ? call.mean : call.prev;
      const largest = Math.max(1, ...recorded.map(Math.abs));
      recorded.forEach((value, i) => expect(Math.abs((end[i] ?? Number.NaN) - value) / largest).toBeLessThan(1e-5));
    });
  });
});
