import { z } from 'zod';
import { nonNegative } from '../../core/assembly/config-numbers.js';
import type { NoiseLevel } from '../../core/contracts/noise-level.js';
import type { StepContext } from '../../core/contracts/sampler.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { downStep } from './down-step.js';
import { orderInGroup, type SinglestepOrders } from './singlestep-orders.js';
import { singlestep } from './singlestep.js';

const config = z.strictObject({
  division: z
    .enum(['by-calls', 'paper'])
    .default('by-calls')
    .describe(
      'by-calls: groups as wide as their number of calls, of order 3 for any number of steps; paper: groups of equal width, the last of lower order, as the paper and k-diffusion have them, of order 2',
    ),
  eta: z.number().min(0).max(1).default(0).describe('share of fresh noise at the end of a group: 0 draws none'),
  noiseScale: nonNegative().default(1).describe('factor of the fresh noise'),
});

const DIVISIONS = {
  'by-calls': { order: 3, lowerOrderFinal: false, evenGroups: false },
  paper: { order: 3, lowerOrderFinal: true, evenGroups: true },
};

/**
 * DPM-Solver-fast: as many groups of DPM-Solver-3 as the network calls allow, then one or two of lower order (Lu et al.
 * 2022, "DPM-Solver", section 3.4; k-diffusion, "DPM fast"). Of the run's grid it keeps the ends and the number of
 * steps, and spaces the groups evenly in lambda; a step is one call.
 * When: 10 to 20 network calls without guidance.
 */
export const dpmFast = definePlugin({
  role: Roles.sampler,
  name: 'dpm-fast',
  summary: 'As many groups of DPM-Solver-3 as the network calls allow, then one or two of lower order.',
  reference: 'Lu et al. 2022, "DPM-Solver", section 3.4; k-diffusion, "DPM fast"',
  tags: { path: 'any', order: 3, stochastic: false, calls: 1, when: '10 to 20 calls without guidance' },
  config,
  create: ({ config: { eta, noiseScale, division } }) =>
    singlestep({
      ...DIVISIONS[division],
      form: 'noise',
      convergence: eta > 0 ? 1 : division === 'paper' ? 2 : 3,
      stochastic: eta > 0,
      levels: (grid, level) => spacedGroups(grid, level, { eta, ...DIVISIONS[division] }),
      cleanApart: true,
      rules: { stage: 'exact', two: 'midpoint', three: 'ends' },
      eta,
      noiseScale,
    }),
});

/** How the calls of a run are divided into groups. */
interface Division extends SinglestepOrders {
  /** Whether groups of fewer calls are as wide as the others. */
  readonly evenGroups: boolean;
  readonly eta: number;
}

/** The ends of a grid, and between its noisy levels those of groups that are even in lambda, and of their stages. */
function spacedGroups(
  grid: readonly NoiseLevel[],
  at: StepContext['level'],
  division: Division,
): readonly NoiseLevel[] {
  const inner = grid.filter(({ lambda }) => Number.isFinite(lambda));
  const [first, last] = [inner[0], inner.at(-1)];
  if (first === undefined || last === undefined) return grid;
  const sizes = groupSizes(division, inner.length - 1);
  const shares = sizes.map((size) => (division.evenGroups ? 1 : size));
  const whole = shares.reduce((sum, share) => sum + share, 0);
  let from = first;
  let done = 0;
  const reached = sizes.flatMap((size, group) => {
    done += shares[group] ?? 0;
    const to = done === whole ? last : at({ lambda: first.lambda + ((last.lambda - first.lambda) * done) / whole });
    const { down } = downStep(from, to, { eta: division.eta, floor: last.lambda });
    const start = from.lambda;
    const stages = Array.from({ length: size - 1 }, (_, stage) =>
      at({ lambda: start + ((down.lambda - start) * (stage + 1)) / size }),
    );
    from = to;
    return [...stages, to];
  });
  const clean = grid.at(-1)?.sigma === 0 ? grid.slice(-1) : [];
  return [...(grid[0]?.alpha === 0 ? grid.slice(0, 1) : []), first, ...reached, ...clean];
}

/** Calls of each group. */
function groupSizes(division: SinglestepOrders, calls: number): readonly number[] {
  const orders = Array.from({ length: calls }, (_, index) => orderInGroup(division, index, calls));
  return orders.filter((_, index) => (orders[index + 1] ?? 1) === 1);
}
