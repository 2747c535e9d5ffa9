import type { NoiseLevel } from '../core/contracts/noise-level.js';
import type { NoisePath } from '../core/contracts/noise-schedule.js';
import type { Sampler } from '../core/contracts/sampler.js';
import { levelOnPath } from '../core/math/levels.js';
import { normals } from '../core/random/draws.js';
import { lawsOf } from './broken-law.js';
import { exactDenoise } from './exact-denoise.js';
import { keyedNoise } from './keyed-noise.js';
import { solve } from '../core/loop/solve.js';

const holds = lawsOf('samplers');
const WIDTH = 4;
const SEEDS = [3];
const STEPS = [1, 2, 3, 4, 7, 20];

/**
 * Checks that a sampler ends in finite numbers on every path that it says it can go, for 1 to 20 steps (from the number
 * that it needs on), from pure noise or below, to the clean level or above. Time is `-lambda`.
 *
 * @throws Error that says on which run it does not.
 */
export function finiteLaws(sampler: Sampler): void {
  const { paths = ['vp', 've', 'flow', 'sub-vp'], steps = 1, towards = 'clean' } = sampler.needs ?? {};
  for (const path of paths)
    for (const count of STEPS.filter((some) => some >= steps))
      for (const [pure, clean] of [
        [false, false],
        [true, false],
        [false, true],
        [true, true],
      ] as const) {
        // A level without signal has no place on the path that keeps all of it.
        if (pure && path === 've') continue;
        const levels = levelsOf(path, { count, pure, clean });
        const run = towards === 'noisy' ? levels.toReversed() : levels;
        const ends = `${pure ? 'pure noise' : 'noise'} to ${clean ? 'the clean level' : 'little noise'}`;
        holds(endsFinite(sampler, path, run), `${count} steps on the ${path} path from ${ends} end finite`);
      }
}

interface Ends {
  readonly count: number;
  readonly pure: boolean;
  readonly clean: boolean;
}

function levelsOf(path: NoisePath, { count, pure, clean }: Ends): readonly NoiseLevel[] {
  const at = (lambda: number): NoiseLevel => levelOnPath(path, -lambda, lambda);
  const levels = Array.from({ length: count + 1 }, (_, i) => at(-3 + (6 * i) / count));
  if (pure) levels[0] = { t: 4, alpha: 0, sigma: 1, lambda: -Infinity };
  if (clean) levels[count] = { t: -4, alpha: 1, sigma: 0, lambda: Infinity };
  return levels;
}

function endsFinite(sampler: Sampler, path: NoisePath, levels: readonly NoiseLevel[]): boolean {
  const { noise, brownian } = keyedNoise(SEEDS, WIDTH);
  const start = normals({ seed: 3, purpose: 'start', step: 0 }, WIDTH);
  const end = solve({
    sampler,
    levels,
    x: start.map((value) => value * Math.max(levels[0]?.sigma ?? 1, 0.5)),
    denoise: exactDenoise,
    noise,
    brownian,
    schedule: {
      at: (t) => levelOnPath(path, t, -t),
      levelAt: (lambda) => levelOnPath(path, -lambda, lambda),
    },
  });
  return end.every(Number.isFinite);
}
