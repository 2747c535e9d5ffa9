import type { Engine } from 'rxdiffusion';
import { median, rounded, type Figure } from '../figures.js';
import { startedEngine } from './engines.js';
import { networkOn } from './networks.js';
import { forwardWork, trainWork, type Work } from './our-work.js';
import { torchMs } from './peer.js';
import { timed } from './timed.js';

/** Rounds in which both sides run one after the other. */
const ROUNDS = 3;

interface Case {
  readonly work: 'forward' | 'train';
  readonly size: number;
  readonly batch: number;
  readonly runs: number;
  readonly target: number;
}

/** Kinds of work, each at its sizes. */
export const CASES: readonly Case[] = [
  { work: 'forward', size: 32, batch: 4, runs: 15, target: 1.2 },
  { work: 'forward', size: 32, batch: 16, runs: 7, target: 1.2 },
  { work: 'forward', size: 8, batch: 64, runs: 15, target: 1.1 },
  { work: 'train', size: 32, batch: 4, runs: 8, target: 1 },
  { work: 'train', size: 32, batch: 16, runs: 4, target: 1 },
  { work: 'train', size: 8, batch: 64, runs: 8, target: 0.9 },
];

/** Network calls and updates of the 6.47 M-parameter U-Net against PyTorch eager on the same cores. */
export async function againstTorch(): Promise<readonly Figure[]> {
  const rows: Figure[] = [];
  for (const { work, size, batch, runs, target } of CASES) {
    const words = [
      '--batch',
      `${batch}`,
      '--size',
      `${size}`,
      '--runs',
      `${runs}`,
      ...(work === 'train' ? ['--train'] : []),
    ];
    const pairs: { readonly ours: number; readonly theirs: number }[] = [];
    await withWork('onnxruntime', work, { size, batch }, async (ours) => {
      for (let round = 0; round < ROUNDS; round++) {
        const mine = await timed(ours.run, runs);
        pairs.push({ ours: mine, theirs: (await torchMs(words)) ?? Number.NaN });
      }
    });
    rows.push({
      what: `${work} ${size}x${size} batch ${batch}, against PyTorch eager`,
      'ours ms': rounded(median(pairs.map(({ ours }) => ours)), 1),
      'theirs ms': rounded(median(pairs.map(({ theirs }) => theirs)), 1),
      ratio: rounded(median(pairs.map(({ ours, theirs }) => theirs / ours)), 2),
      target,
    });
  }
  return rows;
}

/** The same against the other engines of this package, those that can run here. */
export async function againstEngines(): Promise<readonly Figure[]> {
  const rows: Figure[] = [];
  const other = {
    'tfjs-wasm': { works: ['forward'], target: 6 },
    'tfjs-node': { works: ['forward', 'train'], target: 2 },
  } as const;
  for (const [name, { works, target }] of Object.entries(other)) {
    for (const work of works) {
      const theirs = await oneTime(name, work);
      if (theirs === undefined) continue;
      const ours = (await oneTime('onnxruntime', work)) ?? Number.NaN;
      const figures = { 'ours ms': rounded(ours, 1), 'theirs ms': rounded(theirs, 1) };
      rows.push({
        what: `${work} 32x32 batch 4, against ${name}`,
        ...figures,
        ratio: rounded(theirs / ours, 2),
        target,
      });
    }
  }
  return rows;
}

async function oneTime(engine: string, work: Case['work']): Promise<number | undefined> {
  try {
    return await medianMs(engine, { work, size: 32, batch: 4 }, 5);
  } catch (error) {
    console.warn(`${engine} is left out: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

/** Median milliseconds of a piece of work on an engine of its own. */
export function medianMs(
  engine: string,
  { work, ...sizes }: Pick<Case, 'work' | 'size' | 'batch'>,
  runs: number,
  settings: Readonly<Record<string, unknown>> = {},
): Promise<number> {
  return withWork(engine, work, sizes, ({ run }) => timed(run, runs), settings);
}

async function withWork<T>(
  name: string,
  kind: Case['work'],
  { size, batch }: Pick<Case, 'size' | 'batch'>,
  use: (work: Work) => Promise<T>,
  settings: Readonly<Record<string, unknown>> = {},
): Promise<T> {
  const engine: Engine = await startedEngine(name, settings);
  try {
    const network = await networkOn(engine, 'unet', size);
    const work = kind === 'forward' ? forwardWork(engine, network, batch) : await trainWork(engine, network, batch);
    const result = await use(work);
    work.dispose();
    network.dispose?.();
    return result;
  } finally {
    await engine.stop();
  }
}
