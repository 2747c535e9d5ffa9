import { DiffusionError } from './diffusion-error.js';
import { ERROR_CODES, type ErrorCode } from './error-codes.js';
import { formatValue, messageOf } from './format-value.js';

/** An error as data that can cross to another thread, process or machine. Its stack stays behind, its causes go along. */
export interface PlainError {
  readonly name: string;
  readonly message: string;
  /** What a `DiffusionError` has beside its message. */
  readonly details?: {
    readonly code: ErrorCode;
    readonly problem: string;
    readonly fix: string;
    readonly got?: string;
    readonly expected?: string;
    readonly plugin?: string;
    readonly step?: number;
  };
  readonly cause?: PlainError;
}

/** Causes that go along; those of a circle have no end. */
const DEEPEST = 8;

/** Anything that was thrown, as data. Never throws. */
export function plainError(error: unknown): PlainError {
  return plainTo(DEEPEST, error);
}

function plainTo(depth: number, error: unknown): PlainError {
  try {
    return plainly(depth, error);
  } catch {
    return { name: 'Error', message: messageOf(error) };
  }
}

function plainly(depth: number, error: unknown): PlainError {
  if (!(error instanceof Error)) return { name: 'Error', message: messageOf(error) };
  const { cause } = error;
  const [name, message] = [formatValue(error.name), messageOf(error)];
  const because = cause === undefined || depth === 0 ? {} : { cause: plainTo(depth - 1, cause) };
  if (!(error instanceof DiffusionError)) return { name, message, ...because };
  const { code, problem, fix, got, expected, plugin, step } = error;
  const known = { got, expected, plugin, step };
  const kept = Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined));
  return { name, message, details: { code, problem, fix, ...kept }, ...because };
}

/** The error again: a `DiffusionError` of the same code where it was one. */
export function revivedError({ name, message, details, cause }: PlainError): Error {
  const because = cause === undefined ? {} : { cause: revivedError(cause) };
  if (details !== undefined && Object.hasOwn(ERROR_CODES, details.code)) {
    const { code, ...rest } = details;
    return new DiffusionError(code, { ...rest, ...because });
  }
  return Object.assign(new Error(message, because), { name });
}
