import { z } from 'zod';
import { positive } from '../../core/assembly/config-numbers.js';
import type { NoiseLevel } from '../../core/contracts/noise-level.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { finalConfig, withFinal } from './final-level.js';
import { checkSteps } from './grid-steps.js';

const share = z.number().gt(0).lt(1);
const config = z.strictObject({
  middle: share.default(0.5).describe('share of noise, sigma / (alpha + sigma), where the two curves meet'),
  pivot: share.default(0.6).describe('share of the steps at which they meet, and where both are steepest'),
  slope: positive(1000).default(0.2).describe('how steep they are there, for 40 steps; more has longer steps there'),
  final: finalConfig.describe('where the run ends'),
});

/**
 * Two arcs of a tangent over `sigma / (alpha + sigma)`, which is sigma on flow paths: levels lie close at both ends and
 * far apart in between. Source: "bong_tangent" of RES4LYF for ComfyUI, with one pivot and one slope for both arcs.
 * When: flow networks with res-2s or res-multistep in 10 to 30 steps.
 */
export const bongTangent = definePlugin({
  role: Roles.grid,
  name: 'bong-tangent',
  summary: 'Two arcs of a tangent over sigma / (alpha + sigma): close levels at both ends.',
  reference: 'RES4LYF, "bong_tangent"',
  tags: { spacing: 'sigma', when: 'flow networks with res-2s or res-multistep in 10 to 30 steps' },
  config,
  create: ({ config: { middle, pivot, slope, final } }) => ({
    levels(schedule, steps) {
      checkSteps(steps);
      const start = noiseShare(schedule.at(schedule.tMax));
      const end = final === 'zero' || final === 'repeat' ? 0 : noiseShare(schedule.at(schedule.tMin));
      const meet = Math.min(middle, start / 2);
      const points = steps + 2;
      const before = Math.trunc(points * pivot);
      const first = arc({ count: before, pivot: before, from: start, to: meet }, (40 * slope) / points);
      const second = arc({ count: points - before, pivot: 0, from: meet, to: end }, (40 * slope) / points);
      const shares = steps === 1 ? [] : [...first.slice(1, -1), ...second.slice(0, -1)];
      const placed = shares.map((noise) => schedule.levelAt(Math.log1p(-noise) - Math.log(noise)));
      return withFinal([schedule.at(schedule.tMax), ...placed], schedule, final);
    },
  }),
});

function noiseShare({ alpha, sigma }: NoiseLevel): number {
  return sigma / (alpha + sigma);
}

/** Points of one arc and its ends; `pivot` is the point at which it is steepest. */
interface Arc {
  readonly count: number;
  readonly pivot: number;
  readonly from: number;
  readonly to: number;
}

function arc({ count, pivot, from, to }: Arc, slope: number): readonly number[] {
  const at = (point: number): number => Math.atan(slope * (pivot - point));
  const [largest, least] = [at(0), at(count - 1)];
  return Array.from({ length: count }, (_, i) => ((at(i) - least) / (largest - least)) * (from - to) + to);
}
