import { median, rounded, type Figure } from '../figures.js';
import { ours, theirs, type Job, type Said } from './side.js';

/** What both sides said in one round, one after the other. */
export interface Pair {
  readonly ours: Said;
  /** Nothing where there is no Python. */
  readonly theirs: Said | undefined;
}

/** Both sides in turn, each in a process of its own: never are the weights of both in memory. */
export async function pairs(job: Job, rounds: number): Promise<readonly Pair[]> {
  const made: Pair[] = [];
  for (let round = 0; round < rounds; round++) made.push({ ours: await ours(job), theirs: await theirs(job) });
  return made;
}

/** A row of one figure of both sides: medians over the rounds, and the median of the ratios of each round. */
export function row(
  what: string,
  all: readonly Pair[],
  figure: (said: Said) => number,
  { unit, target, isSmaller = false }: { readonly unit: string; readonly target: string; readonly isSmaller?: boolean },
): Figure {
  const known = all.map((pair) => ({
    own: figure(pair.ours),
    other: pair.theirs === undefined ? Number.NaN : figure(pair.theirs),
  }));
  const ratios = known.map(({ own, other }) => (isSmaller ? own / other : other / own));
  return {
    what: `${what}, ${unit}`,
    ours: rounded(median(known.map(({ own }) => own)), 0),
    theirs: rounded(median(known.map(({ other }) => other)), 0),
    ratio: rounded(median(ratios), 2),
    target,
  };
}

/** The time of a call. */
export const callMs = ({ callMs: times }: Said): number => median(times);
