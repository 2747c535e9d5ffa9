import { DiffusionError } from '../errors/diffusion-error.js';
import type { Wiring } from './wiring.js';
import { messageOf } from '../errors/format-value.js';

/** Looks at a finished pipeline and throws, best `RXD_COMBINATION`, where its plugins cannot work together. */
export type AssemblyCheck = (pipeline: Wiring) => void;

/** Runs all checks; the first that throws ends them. */
export function runChecks(checks: readonly AssemblyCheck[], pipeline: Wiring): void {
  try {
    for (const check of checks) check(pipeline);
  } catch (error) {
    if (error instanceof DiffusionError) throw error;
    throw new DiffusionError('RXD_COMBINATION', {
      problem: `a check of the combination threw: ${messageOf(error)}`,
      expected: 'plugins that work together',
      fix: 'look at `cause`, and choose other plugins',
      cause: error,
    });
  }
}
