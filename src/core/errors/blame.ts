import { DiffusionError } from './diffusion-error.js';

/** An error that names the plugin and step at fault; what a `DiffusionError` says of them already is left as it is. */
export function blame(error: unknown, plugin: string, step?: number): DiffusionError {
  if (error instanceof DiffusionError) {
    const complete = error.plugin !== undefined && (error.step !== undefined || step === undefined);
    return complete ? error : named(error, error.plugin ?? plugin, error.step ?? step);
  }
  return new DiffusionError('RXD_PLUGIN_FAILED', {
    problem: `the plugin threw: ${error instanceof Error ? error.message : String(error)}`,
    got: error instanceof Error ? error.name : `${typeof error} ${String(error)}`,
    expected: 'a result, or a DiffusionError',
    fix: 'look at `cause`; if the plugin is not yours, report it to its author',
    plugin,
    ...(step === undefined ? {} : { step }),
    cause: error,
  });
}

function named(error: DiffusionError, plugin: string, step: number | undefined): DiffusionError {
  return new DiffusionError(error.code, {
    problem: error.problem,
    fix: error.fix,
    plugin,
    ...(error.got === undefined ? {} : { got: error.got }),
    ...(error.expected === undefined ? {} : { expected: error.expected }),
    ...(step === undefined ? {} : { step }),
    cause: error.cause ?? error,
  });
}
