import { rounded, type Benchmark, type Figure } from '../figures.js';
import { driftOf, type Work } from './drift.js';

const ENGINES = ['onnxruntime', 'tfjs-wasm', 'onnxruntime-web'];
const COUNTS: Readonly<Record<Work, number>> = { runs: 2000, updates: 20_000 };

/**
 * Resident memory of 1,000 short runs, and of 10,000 updates of one run, on each engine, after as many that warm it up. Takes
 * names of engines.
 */
export const soak: Benchmark = async (words) => {
  const rows: Figure[] = [];
  for (const engine of words.length === 0 ? ENGINES : words)
    for (const work of ['runs', 'updates'] as const) rows.push(await row(engine, work));
  return rows;
};

async function row(engine: string, work: Work): Promise<Figure> {
  const doors = ['rxdiffusion', 'rxdiffusion/node', 'rxdiffusion/onnxruntime-web'] as const;
  const flags = ['--conditions=source', '--import=tsx'];
  const { before, after, slope, share } = await driftOf(doors, engine, work, COUNTS[work], flags);
  const megabytes = { 'MB before': rounded(before, 1), 'MB after': rounded(after, 1) };
  const kilobytes = rounded(slope * 1024, 2);
  return { engine, work, ...megabytes, 'kB each': kilobytes, 'drift %': rounded(share * 100, 2), target: '<= 1' };
}
