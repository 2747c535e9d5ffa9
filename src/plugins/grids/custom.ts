import { z } from 'zod';
import { MOST, listOf, positive, real } from '../../core/assembly/config-numbers.js';
import type { NoiseLevel } from '../../core/contracts/noise-level.js';
import type { NoiseSchedule } from '../../core/contracts/noise-schedule.js';
import { DiffusionError } from '../../core/errors/diffusion-error.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { finalConfig, withFinal } from './final-level.js';
import { rounded, roundingConfig } from './rounding.js';
import { COORDINATES } from './sigma-ends.js';

const numbers = (each: z.ZodNumber): z.ZodOptional<z.ZodArray<z.ZodNumber>> => listOf(each, MOST.steps + 1).optional();

const config = z
  .strictObject({
    times: numbers(real()).describe('times of the schedule'),
    sigmas: numbers(positive()).describe('sigmas in the coordinate below, without the 0 of the end'),
    lambdas: numbers(real()).describe('half log-SNRs'),
    coordinate: z.enum(['sigma/alpha', 'sigma']).default('sigma/alpha').describe('what `sigmas` are'),
    rounding: roundingConfig,
    final: z
      .union([finalConfig, z.literal('listed')])
      .describe('where the run ends, as other grids have it; listed: at the last level of the list'),
  })
  .refine(({ times, sigmas, lambdas }) => [times, sigmas, lambdas].filter(Boolean).length === 1, {
    error: 'give one of times, sigmas and lambdas',
  });

type CustomConfig = z.infer<typeof config>;

/**
 * Levels of your own, as times, sigmas or half log-SNRs, noisiest first: as many as the most steps that a run may ask
 * for. The last level of the run is not among them, unless `final` says that it is listed. Source: no method.
 * When: a model card or another program states its levels.
 */
export const custom = definePlugin({
  role: Roles.grid,
  name: 'custom',
  summary: 'Levels of your own, as times, sigmas or half log-SNRs.',
  reference: 'This package; the numbers are yours',
  tags: { spacing: 'table', when: 'a model card or another program states its levels' },
  config,
  create: ({ config: said }) => ({
    levels(schedule, steps) {
      const levels = listed(schedule, said).map((level) => rounded(schedule, level, said.rounding));
      const outOfOrder = levels.findIndex(({ lambda }, i) => i > 0 && !(lambda > (levels[i - 1] as NoiseLevel).lambda));
      if (outOfOrder > 0) throw notFalling(levels[outOfOrder - 1] as NoiseLevel, levels[outOfOrder] as NoiseLevel);
      const most = levels.length - (said.final === 'listed' ? 1 : 0);
      if (steps !== most) throw wrongCount(steps, most);
      return said.final === 'listed' ? levels : withFinal(levels, schedule, said.final);
    },
  }),
});

function listed(schedule: NoiseSchedule, { times, sigmas, lambdas, coordinate }: CustomConfig): NoiseLevel[] {
  if (lambdas) return lambdas.map((lambda) => schedule.levelAt(lambda));
  const { lambda } = COORDINATES[coordinate];
  if (sigmas) return sigmas.map((sigma) => schedule.levelAt(lambda(schedule.path, sigma)));
  return (times ?? []).map((t) => schedule.at(within(schedule, t)));
}

function within({ tMin, tMax }: NoiseSchedule, t: number): number {
  if (t >= tMin && t <= tMax) return t;
  throw new DiffusionError('RXD_COMBINATION', {
    problem: 'a time of the grid lies outside of the schedule',
    got: String(t),
    expected: `${tMin} to ${tMax}`,
    fix: 'correct the grid’s times, or choose another schedule',
    plugin: 'grid/custom',
  });
}

function wrongCount(steps: number, count: number): DiffusionError {
  return new DiffusionError('RXD_REQUEST_INVALID', {
    problem: 'the grid cannot have this number of steps',
    got: String(steps),
    expected: `${count}, as many as levels are listed`,
    fix: `ask for ${count} steps, or change the list`,
    plugin: 'grid/custom',
  });
}

function notFalling(before: NoiseLevel, after: NoiseLevel): DiffusionError {
  return new DiffusionError('RXD_COMBINATION', {
    problem: 'the noise of the listed levels does not fall',
    got: `lambda ${before.lambda}, then ${after.lambda}`,
    expected: 'each level less noisy than the one before',
    fix: 'sort the list from noisy to clean, and name no level twice',
    plugin: 'grid/custom',
  });
}
