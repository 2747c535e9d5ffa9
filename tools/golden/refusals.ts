import { DiffusionError } from 'rxdiffusion';
import { runExact } from './exact-run.js';
import { sortedArguments } from './flat-arguments.js';
import type { Outcome } from './report.js';
import type { SchedulerConfig } from './solver-case.js';

/** A config that diffusers does not run, or that yields NaN or rounding noise there. */
export interface BrokenRun {
  readonly class: string;
  readonly arguments: SchedulerConfig;
  /** The error's class, where it throws. */
  readonly error?: string;
}

/** Errors that diffusers throws on purpose; others are crashes, where a run that works is as good as a refusal. */
const DELIBERATE = new Set(['ValueError', 'NotImplementedError', 'AssertionError']);

/** What becomes of a run that is broken there: refused by a typed error, or finite where diffusers did not mean to refuse. */
export async function brokenOutcome(
  group: string,
  { class: name, arguments: flat, error }: BrokenRun,
): Promise<Outcome> {
  const outcome = { group, name: `${name} ${JSON.stringify(flat)}` };
  const { config, ...options } = sortedArguments(name, flat);
  try {
    const end = await runExact(config, options);
    if (!end.every(Number.isFinite)) return { ...outcome, verdict: 'failed', reason: 'NaN or infinity' };
    const deliberate = error !== undefined && DELIBERATE.has(error);
    return deliberate ? { ...outcome, verdict: 'failed', reason: 'not refused' } : { ...outcome, verdict: 'passed' };
  } catch (thrown) {
    if (thrown instanceof DiffusionError) return { ...outcome, verdict: 'passed' };
    return { ...outcome, verdict: 'failed', reason: thrown instanceof Error ? thrown.message : String(thrown) };
  }
}
