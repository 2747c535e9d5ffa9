import { DiffusionError } from '../errors/diffusion-error.js';

/** The error for a file that breaks a rule of its format. */
export function corrupt(file: string, rule: string, got: string, cause?: unknown): DiffusionError {
  return new DiffusionError('RXD_FILE_CORRUPT', {
    problem: `${file} breaks a rule of its format: ${rule}`,
    got,
    expected: rule,
    fix: 'get the file again; if it was written by this package, an earlier checkpoint may be whole',
    ...(cause === undefined ? {} : { cause }),
  });
}

/** The error for a file that keeps to its format, in a form that is not read here. */
export function unsupported(
  file: string,
  got: string,
  expected: string,
  fix = 'the file is whole: convert it',
): DiffusionError {
  return new DiffusionError('RXD_FORMAT_UNSUPPORTED', {
    problem: `${file} keeps to its format, but this form of it is not read`,
    got,
    expected,
    fix,
  });
}

/** The error for a file of more than is read: nobody looked whether the rest of it keeps to the format. */
export function beyondLimit(file: string, limit: string, got: string): DiffusionError {
  return new DiffusionError('RXD_FORMAT_UNSUPPORTED', {
    problem: `${file} goes beyond a limit of what is read: ${limit}`,
    got,
    expected: limit,
    fix: 'the format itself may allow it: write the content in a smaller form, or in several files',
  });
}
