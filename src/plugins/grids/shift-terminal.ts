import { z } from 'zod';
import type { NoiseLevel } from '../../core/contracts/noise-level.js';
import type { NoiseSchedule } from '../../core/contracts/noise-schedule.js';
import { DiffusionError } from '../../core/errors/diffusion-error.js';
import { level } from '../../core/math/levels.js';

/** Setting that stretches a grid of a flow path. */
export const shiftTerminalConfig = z
  .number()
  .gt(0)
  .lt(1)
  .optional()
  .describe('sigma of the last level before the end: the whole grid of a flow path is stretched to reach it');

/**
 * Levels of a flow path, stretched so that the last one has sigma `terminal`: every alpha times one factor (the
 * "shift terminal" of LTX-Video's scheduler).
 *
 * @throws DiffusionError `RXD_COMBINATION` on other paths
 */
export function stretched(
  levels: readonly NoiseLevel[],
  schedule: NoiseSchedule,
  terminal: number | undefined,
): readonly NoiseLevel[] {
  if (terminal === undefined) return levels;
  if (schedule.path !== 'flow') throw notFlow(schedule.path);
  const factor = (1 - terminal) / (levels.at(-1)?.alpha ?? 1);
  if (!Number.isFinite(factor)) return levels;
  return levels.map(({ alpha }) => {
    const { lambda, ...scales } = level(0, alpha * factor, 1 - alpha * factor);
    return { ...scales, lambda, t: schedule.timeAt(lambda) };
  });
}

function notFlow(path: string): DiffusionError {
  return new DiffusionError('RXD_COMBINATION', {
    problem: 'shiftTerminal stretches grids of flow paths only',
    got: `a schedule with the path ${path}`,
    expected: 'the schedule flow',
    fix: 'leave shiftTerminal out, or choose the schedule flow',
  });
}
