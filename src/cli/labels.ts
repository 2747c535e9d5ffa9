import { DiffusionError } from '../index.js';

/**
 * The label of each sample: `all` goes round all classes, `3` or `3,7` round those.
 *
 * @param classes - what the conditioner knows, the null class included; `undefined` where there is no conditioner
 */
export function labelsOf(
  said: string | undefined,
  count: number,
  classes: number | undefined,
): readonly number[] | undefined {
  if (classes === undefined) {
    if (said === undefined) return undefined;
    throw refused(said, 'a checkpoint that was trained with labels', 'leave --labels out');
  }
  const chosen =
    said === undefined || said === 'all'
      ? Array.from({ length: classes - 1 }, (_, label) => label)
      : said.split(',').map((label) => (/^\d+$/.test(label) ? Number(label) : Number.NaN));
  if (chosen.some((label) => !Number.isInteger(label) || label < 0 || label > classes - 2))
    throw refused(said ?? '', `all, or numbers from 0 to ${classes - 2}, with commas`, 'for example --labels 3,7');
  return Array.from({ length: count }, (_, sample) => chosen[sample % chosen.length] ?? 0);
}

function refused(got: string, expected: string, fix: string): DiffusionError {
  return new DiffusionError('RXD_CONDITION_INVALID', { problem: '--labels cannot be said here', got, expected, fix });
}
