import { median, rounded, type Figure } from '../figures.js';
import { startedEngine } from './engines.js';
import { networkOn } from './networks.js';
import { forwardWork, type Work } from './our-work.js';
import type { Denoiser, Engine } from 'rxdiffusion';

const CALLS = 20;
const ROUNDS = 5;

interface Device {
  readonly engine: Engine;
  readonly network: Denoiser;
  readonly work: Work;
}

/** Two runs at once on two engines of one thread each, against one after the other on one of them. */
export async function sideBySide(): Promise<readonly Figure[]> {
  const devices = [await device(), await device()] as const;
  const pairs: { readonly alone: number; readonly both: number }[] = [];
  for (let round = -1; round < ROUNDS; round++) {
    const alone = await milliseconds(() => calls(devices[0]));
    const both = await milliseconds(() => Promise.all(devices.map(calls)));
    if (round >= 0) pairs.push({ alone, both });
  }
  for (const { work, network, engine } of devices) {
    work.dispose();
    network.dispose?.();
    await engine.stop();
  }
  const throughput = median(pairs.map(({ alone, both }) => (2 * alone) / both));
  const what = 'two one-thread engines at once: throughput of one';
  return [
    { what, 'ours ms': rounded(median(pairs.map(({ both }) => both)), 0), ratio: rounded(throughput, 2), target: 1.8 },
  ];
}

async function device(): Promise<Device> {
  const engine = await startedEngine('onnxruntime', { threads: 1 });
  const network = await networkOn(engine, 'unet', 8);
  return { engine, network, work: forwardWork(engine, network, 16) };
}

async function calls({ work }: Device): Promise<void> {
  for (let call = 0; call < CALLS; call++) await work.run();
}

async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}
