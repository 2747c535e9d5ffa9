import type { Branch, Guidance } from '../contracts/guidance.js';
import type { NoiseLevel } from '../contracts/noise-level.js';
import type { NoiseSchedule } from '../contracts/noise-schedule.js';

interface Answer {
  readonly levels: readonly NoiseLevel[];
  readonly schedule: NoiseSchedule | undefined;
  readonly branches: readonly Branch[];
}

/** `branches` is a pure function, and most runs of a pipeline go through the same levels: the last answer is kept. */
const answers = new WeakMap<Guidance, Answer>();

/** All branches that a guidance asks for, each once, on the way through these levels and inside of the steps. */
export function askedBranches(
  guidance: Guidance,
  levels: readonly NoiseLevel[],
  schedule: NoiseSchedule | undefined,
): readonly Branch[] {
  const last = answers.get(guidance);
  if (last && last.schedule === schedule && areEqual(last.levels, levels)) return last.branches;
  // Samplers of several network calls a step look inside of steps too.
  const inner = schedule ? innerLevels(levels, schedule) : [];
  const asked = new Set([...levels.slice(0, -1), ...inner].flatMap((level) => guidance.branches(level, {})));
  const branches = [...new Map([...asked].map((branch) => [JSON.stringify(branch), branch])).values()];
  answers.set(guidance, { levels, schedule, branches });
  return branches;
}

function areEqual(levels: readonly NoiseLevel[], others: readonly NoiseLevel[]): boolean {
  return (
    levels.length === others.length &&
    levels.every(({ t, lambda }, i) => t === others[i]?.t && lambda === others[i].lambda)
  );
}

/** Parts into which a step is divided to look at it. */
const PARTS = 16;

/** Levels inside the steps, evenly spaced in lambda. */
function innerLevels(levels: readonly NoiseLevel[], schedule: NoiseSchedule): readonly NoiseLevel[] {
  return levels.flatMap(({ lambda }, i) => {
    const width = (levels[i + 1]?.lambda ?? Infinity) - lambda;
    if (!Number.isFinite(width)) return [];
    return Array.from({ length: PARTS - 1 }, (_, k) => schedule.levelAt(lambda + ((k + 1) / PARTS) * width));
  });
}
