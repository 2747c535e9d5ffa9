import { median, rounded, type Figure } from '../figures.js';
import { startedEngine } from './engines.js';
import { networkOn, type NetworkName } from './networks.js';
import { forwardWork, trainWork, type Work } from './our-work.js';
import type { Denoiser, Engine } from 'rxdiffusion';

const ENGINES = [
  { name: 'onnxruntime-web', settings: { threads: 1 } },
  { name: 'tfjs-wasm', settings: {} },
] as const;
const CASES = [
  { work: 'forward', network: 'digits', size: 8, batch: 1, runs: 15 },
  { work: 'forward', network: 'digits', size: 8, batch: 16, runs: 9 },
  { work: 'forward', network: 'unet', size: 32, batch: 1, runs: 9 },
  { work: 'forward', network: 'unet', size: 32, batch: 4, runs: 5 },
  { work: 'train', network: 'unet', size: 8, batch: 16, runs: 5 },
] as const;
const WARM = 2;

type Case = (typeof CASES)[number];

interface Lane {
  readonly engine: Engine;
  readonly network: Denoiser;
  readonly work: Work;
  readonly times: number[];
}

/** `onnxruntime-web` against `tfjs-wasm`, one thread each, in turn, in this process: neither knows that it is no browser. */
export async function onWebAssembly(): Promise<readonly Figure[]> {
  const rows: Figure[] = [];
  for (const each of CASES) {
    const lanes: Lane[] = [];
    for (const { name, settings } of ENGINES) lanes.push(await laneOf(await startedEngine(name, settings), each));
    for (let run = -WARM; run < each.runs; run++) for (const lane of lanes) await once(lane, run >= 0);
    const [ours = Number.NaN, theirs = Number.NaN] = lanes.map(({ times }) => median(times));
    rows.push({
      what: `${each.work} ${each.network} ${each.size}x${each.size} batch ${each.batch}, onnxruntime-web against tfjs-wasm`,
      'ours ms': rounded(ours, 1),
      'theirs ms': rounded(theirs, 1),
      ratio: rounded(theirs / ours, 2),
    });
    for (const lane of lanes) await ended(lane);
  }
  return rows;
}

async function laneOf(engine: Engine, { work, network: name, size, batch }: Case): Promise<Lane> {
  const network = await networkOn(engine, name satisfies NetworkName, size);
  const made = work === 'train' ? await trainWork(engine, network, batch) : undefined;
  return { engine, network, work: made ?? forwardWork(engine, network, batch, name === 'digits'), times: [] };
}

async function once({ work, times }: Lane, counts: boolean): Promise<void> {
  const began = performance.now();
  await work.run();
  if (counts) times.push(performance.now() - began);
}

async function ended({ engine, network, work }: Lane): Promise<void> {
  work.dispose();
  network.dispose?.();
  await engine.stop();
}
