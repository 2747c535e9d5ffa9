import { z } from 'zod';
import { MOST, listOf, real } from '../../core/assembly/config-numbers.js';
import type { NoiseSchedule } from '../../core/contracts/noise-schedule.js';
import { level, levelOnPath } from '../../core/math/levels.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';

const config = z.strictObject({
  path: z.enum(['vp', 've', 'flow', 'sub-vp']).default('vp').describe('what holds between signal and noise'),
  points: listOf(z.tuple([real(), real()]), MOST.list, 2)
    .refine((points) => rise(points), 'times do not rise, or lambdas do not fall')
    .describe('[t, lambda] pairs: half log-SNR at times, least noisy first; straight lines between them'),
});

/**
 * Half log-SNR as a function of time, given as a table and interpolated (Kingma et al. 2021, "Variational Diffusion
 * Models", whose continuous loss depends only on its ends).
 * When: no other schedule has the values that a network was trained on.
 */
export const customLambda = definePlugin({
  role: Roles.schedule,
  name: 'custom-lambda',
  summary: 'Half log-SNR as a function of time, given as a table.',
  reference: 'Kingma et al. 2021, "Variational diffusion models", where only its ends matter',
  tags: {
    path: 'variance preserving',
    time: 'continuous',
    when: 'no other schedule has the values that a network was trained on',
  },
  config,
  create: ({ config: { path, points } }): NoiseSchedule => {
    const times = points.map(([t]) => t);
    const negative = points.map(([, lambda]) => -lambda);
    const [tMin, tMax] = [times[0] ?? 0, times.at(-1) ?? 1];
    const timeAt = (lambda: number): number => interpolated(negative, times, -lambda);
    return {
      path,
      tMin,
      tMax,
      clean: level(tMin, 1, 0),
      at: (t) => levelOnPath(path, Math.min(Math.max(t, tMin), tMax), -interpolated(times, negative, t)),
      timeAt,
      levelAt: (lambda) => levelOnPath(path, timeAt(lambda), lambda),
      priorStd: ({ sigma }) => (path === 'vp' ? 1 : sigma),
    };
  },
});

function rise(points: readonly (readonly [number, number])[]): boolean {
  return points.every(([t, lambda], i) => {
    const [before, higher] = points[i - 1] ?? [-Infinity, Infinity];
    return t > before && lambda < higher;
  });
}

/** The value at `x` of straight lines between points whose `xs` rise; beyond the ends, the value of the end. */
function interpolated(xs: readonly number[], ys: readonly number[], x: number): number {
  const last = xs.length - 1;
  if (!(x > (xs[0] as number))) return ys[0] as number;
  if (x >= (xs[last] as number)) return ys[last] as number;
  const above = xs.findIndex((at) => at > x);
  const [from, to] = [xs[above - 1] as number, xs[above] as number];
  const [low, high] = [ys[above - 1] as number, ys[above] as number];
  return low + ((x - from) / (to - from)) * (high - low);
}
