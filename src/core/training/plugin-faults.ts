import { DiffusionError, type DiffusionErrorDetails } from '../errors/diffusion-error.js';
import type { ErrorCode } from '../errors/error-codes.js';

/** Names of the plugins at work, by role, for error messages: `{ objective: 'denoising-score-matching' }`. */
export type PluginNames = Readonly<Partial<Record<string, string>>>;

type FaultDetails = Omit<DiffusionErrorDetails, 'plugin' | 'step'>;

/** A fault of a plugin on its way from the compiled step, which knows no step number, to where it is known. */
export class PluginFault extends Error {
  readonly role: string;
  readonly code: ErrorCode;
  readonly details: FaultDetails;

  constructor(role: string, code: ErrorCode, details: FaultDetails) {
    super(details.problem, { cause: details.cause });
    this.role = role;
    this.code = code;
    this.details = details;
  }
}

/** Calls into a plugin; what it throws, unless it names a plugin already, keeps the role that threw it. */
export function callPlugin<T>(role: string, call: () => T): T {
  try {
    return call();
  } catch (cause) {
    if (cause instanceof PluginFault || (cause instanceof DiffusionError && cause.plugin !== undefined)) throw cause;
    if (cause instanceof DiffusionError) throw new PluginFault(role, cause.code, detailsOf(cause));
    throw new PluginFault(role, 'RXD_PLUGIN_FAILED', {
      problem: `the ${role} threw while training`,
      got: cause instanceof Error ? cause.message : String(cause),
      fix: 'see the cause; it comes from the plugin',
      cause,
    });
  }
}

function detailsOf(error: DiffusionError): FaultDetails {
  const { problem, got, expected, fix, cause = error } = error;
  return {
    problem,
    ...(got === undefined ? {} : { got }),
    ...(expected === undefined ? {} : { expected }),
    fix,
    cause,
  };
}

/** Runs work that calls plugins and turns their faults into a `DiffusionError` that names plugin and step. */
export function blamingPlugins<T>(names: PluginNames, step: number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof PluginFault)) throw error;
    throw faultError(names, error, step);
  }
}

/** The `DiffusionError` of a fault. */
export function faultError(names: PluginNames, { code, details, role }: PluginFault, step: number): DiffusionError {
  return new DiffusionError(code, { ...details, plugin: pluginName(names, role), step });
}

/** `role/name`, or the role alone where the name is not known. */
function pluginName(names: PluginNames, role: string): string {
  return names[role] === undefined ? role : `${role}/${names[role]}`;
}
