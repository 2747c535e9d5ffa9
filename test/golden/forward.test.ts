import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { NoiseLevel, NoiseSchedule } from 'rxdiffusion';
import { veLevel } from '../../src/core/math/levels.js';
import { diffusersParts, type SchedulerArguments } from './diffusers-parts.js';

interface ForwardCase {
  readonly class: string;
  readonly config: SchedulerArguments;
  readonly space: 'vp' | 've' | 'flow' | 'edm';
  readonly numInferenceSteps: number | null;
  /** Times of the first and of the second half of the numbers. */
  readonly t: readonly [number, number];
  readonly x0: readonly number[];
  readonly noise: readonly number[];
  readonly noisy: readonly number[];
  readonly velocity?: readonly number[];
}

const { cases } = JSON.parse(gunzipSync(readFileSync('test/golden/tables/forward.json.gz')).toString('utf8')) as {
  readonly cases: readonly ForwardCase[];
};

/** Single precision keeps a time to 6e-8, which is the more of sigma the flatter time is over sigma: 1 / sigma² for Cosine. */
function errorOf({ class: said }: ForwardCase, sigma: number): number {
  return 2e-6 * Math.max(1, sigma) + (said.startsWith('Cosine') ? 2e-7 * sigma ** 2 : 0);
}

/** ln sigma at a time of the schedulers that tell networks a function of sigma. */
function logSigmaOf(schedulerClass: string, t: number): number {
  if (schedulerClass.startsWith('CM')) return t / 250;
  return schedulerClass.startsWith('Cosine') ? Math.log(Math.tan((t * Math.PI) / 2)) : 4 * t;
}

function levelAt({ class: said, space }: ForwardCase, t: number, schedule: NoiseSchedule): NoiseLevel {
  if (space === 'edm') return veLevel(t, -logSigmaOf(said, t));
  return space === 'flow' ? schedule.at(t / 1000) : schedule.at(t);
}

describe('the forward process of diffusers: add_noise, scale_noise, get_velocity', () => {
  it.each(cases.map((row) => ({ ...row, title: `${row.class}, ${row.numInferenceSteps ?? 'training'} steps` })))(
    '$title',
    async (row) => {
      const { schedule } = await diffusersParts(row.class, row.config);
      const levels = row.t.map((t) => levelAt(row, t, schedule));
      row.x0.forEach((x0, i) => {
        const { alpha, sigma } = levels[Math.floor((2 * i) / row.x0.length)] as NoiseLevel;
        const noise = row.noise[i] as number;
        const scale = row.space === 've' ? alpha : 1;
        const noisy = (alpha * x0 + sigma * noise) / scale;
        expect(Math.abs(noisy - (row.noisy[i] as number))).toBeLessThanOrEqual(errorOf(row, sigma / scale));
        const velocity = alpha * noise - sigma * x0;
        expect(Math.abs(velocity - (row.velocity?.[i] ?? velocity))).toBeLessThanOrEqual(2e-6);
      });
    },
  );
});
