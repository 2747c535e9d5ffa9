import { DiffusionError } from './diffusion-error.js';
import { kindOf, messageOf } from './format-value.js';

/** An error that names the plugin and step at fault; what a `DiffusionError` says of them already is left as it is. */
export function blame(error: unknown, plugin: string, step?: number): DiffusionError {
  if (error instanceof DiffusionError) {
    const complete = error.plugin !== undefined && (error.step !== undefined || step === undefined);
    return complete ? error : named(error, error.plugin ?? plugin, error.step ?? step);
  }
  return new DiffusionError('RXD_PLUGIN_FAILED', {
    problem: `the plugin threw: ${messageOf(error)}`,
    got: kindOf(error),
    expected: 'a result, or a DiffusionError',
    fix: 'look at `cause`; if the plugin is not yours, report it to its author',
    plugin,
    ...(step === undefined ? {} : { step }),
    cause: error,
  });
}

/** What work throws, with the step in which it was thrown, where the error names a plugin and no step. */
export function atStep<T>(step: number | undefined, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw withStep(error, step);
  }
}

/** As `atStep`, for what a promise rejects with. */
export async function atStepLater<T>(step: number, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw withStep(error, step);
  }
}

/**
 * The work of a whole step: what it throws names the step. An error that is none of ours came from a tensor, which is the
 * engine's.
 */
export async function atRunStepLater<T>(step: number | undefined, engine: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof DiffusionError && error.plugin === undefined
      ? named(error, undefined, error.step ?? step)
      : blame(error, engine, step);
  }
}

/** An error that names a plugin and no step, with the step; any other as it is. */
function withStep(error: unknown, step: number | undefined): unknown {
  if (!(error instanceof DiffusionError) || error.plugin === undefined) return error;
  return blame(error, error.plugin, step);
}

function named(error: DiffusionError, plugin: string | undefined, step: number | undefined): DiffusionError {
  return new DiffusionError(error.code, {
    problem: error.problem,
    fix: error.fix,
    ...(plugin === undefined ? {} : { plugin }),
    ...(error.got === undefined ? {} : { got: error.got }),
    ...(error.expected === undefined ? {} : { expected: error.expected }),
    ...(step === undefined ? {} : { step }),
    cause: error.cause ?? error,
  });
}
