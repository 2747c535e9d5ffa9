import { levelOnPath } from 'rxdiffusion/plugin';
import { Roles, type NoiseLevel, type NoiseSchedule } from 'rxdiffusion';
import { solve } from 'rxdiffusion/testing';
import { made } from '../../tools/golden/plugins.js';
import type { ExactProblem } from './exact-problems.js';

const STEPS = 400;
const [LEAST, LARGEST] = [-9, 9];
const known = new Map<string, Promise<Float64Array>>();

/** Where the exact probability-flow ODE takes starts at a level: UniPC of order 3 with steps so small that its error is none. */
export function exactEnd(
  problem: ExactProblem,
  schedule: NoiseSchedule,
  first: NoiseLevel,
  x: Float64Array,
): Promise<Float64Array> {
  const key = `${problem.name} ${schedule.path} ${first.lambda} ${x.length}`;
  const end = known.get(key) ?? solved(problem, schedule, first, x);
  known.set(key, end);
  return end;
}

async function solved(
  problem: ExactProblem,
  schedule: NoiseSchedule,
  first: NoiseLevel,
  x: Float64Array,
): Promise<Float64Array> {
  const from = Math.max(first.lambda, LEAST);
  const noisy = Array.from({ length: STEPS }, (_, i) =>
    levelOnPath(schedule.path, 0, from + ((LARGEST - from) * (i + 1)) / STEPS),
  );
  const sampler = await made(Roles.sampler, 'unipc', { order: 3 });
  return solve({ sampler, schedule, x, levels: [first, ...noisy, schedule.clean], denoise: problem.denoise });
}
