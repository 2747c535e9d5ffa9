import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Looks at the memory of a process; the first half of them is warm-up. */
const LOOKS = 40;

/** What a process does: many short runs that train and sample, or one long run of many updates. */
export type Work = 'runs' | 'updates';

/** How the resident memory of a process went on after its warm-up. */
export interface Drift {
  /** In the middle of the third quarter of the process, and of the last one. */
  readonly before: number;
  readonly after: number;
  /** Megabytes a run or an update. */
  readonly slope: number;
  /** Growth as a part of `before`. */
  readonly share: number;
}

/**
 * Runs a process that does nothing but one kind of work on one engine, and measures its resident memory. The third quarter of
 * its looks is compared with the last one: medians, each look after a collection of garbage, whose coming and going says
 * nothing of what is left behind.
 *
 * @param doors - `rxdiffusion`, `rxdiffusion/node` and `rxdiffusion/onnxruntime-web`, as the process is to import them
 * @param flags - of Node
 */
export async function driftOf(
  doors: readonly [string, string, string],
  engine: string,
  work: Work,
  count: number,
  flags: readonly string[] = [],
): Promise<Drift> {
  const program = fileURLToPath(new URL('program.mjs', import.meta.url));
  const words = [program, ...doors, engine, work, String(count), String(LOOKS)];
  const { stdout } = await run(process.execPath, ['--expose-gc', ...flags, ...words], { maxBuffer: 2 ** 24 });
  const looks = stdout.split('\n').flatMap((line) => {
    const said: unknown = line.startsWith('{"done"') ? JSON.parse(line) : undefined;
    return said === undefined ? [] : [(said as { readonly megabytes: number }).megabytes];
  });
  const quarter = LOOKS / 4;
  const [before, after] = [middle(looks.slice(2 * quarter, 3 * quarter)), middle(looks.slice(3 * quarter))];
  const growth = after - before;
  return { before, after, slope: growth / (count / 4), share: growth / before };
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
