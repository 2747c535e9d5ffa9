import { execFile } from 'node:child_process';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { diffusion, Roles } from 'rxdiffusion';
import { nodePlugins } from 'rxdiffusion/node';
import { median, rounded, type Figure } from '../figures.js';
import { startedEngine } from './engines.js';
import { networkOn } from './networks.js';
import { forwardWork, trainWork } from './our-work.js';
import { timed } from './timed.js';

const run = promisify(execFile);

/** Delays of timers on this thread while a train step of about a second runs. */
export async function eventLoopDelay(): Promise<readonly Figure[]> {
  const engine = await startedEngine('onnxruntime');
  const network = await networkOn(engine, 'unet', 32);
  const work = await trainWork(engine, network, 16);
  for (let warm = 0; warm < 2; warm++) await work.run();
  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  for (let step = 0; step < 4; step++) await work.run();
  delays.disable();
  work.dispose();
  network.dispose?.();
  await engine.stop();
  const p99 = rounded(delays.percentile(99) / 1e6, 1);
  const training = { what: 'event-loop delay while train steps run, p99 ms', 'ours ms': p99, target: '<= 20' };
  return [training, await tenRunsAtOnce('onnxruntime', '<= 50'), await tenRunsAtOnce('tfjs-wasm', '')];
}

/** Delays of timers on this thread while ten runs of twenty steps go at once on a new pipeline: compiling is in it. */
async function tenRunsAtOnce(engine: string, target: string): Promise<Figure> {
  const layers = { layers_per_block: 1, norm_num_groups: 8, block_out_channels: [32, 64] };
  const blocks = {
    down_block_types: ['DownBlock2D', 'AttnDownBlock2D'],
    up_block_types: ['AttnUpBlock2D', 'UpBlock2D'],
  };
  const shape = { sample_size: 16, in_channels: 1, out_channels: 1 };
  const denoiser = { name: 'unet2d', config: { ...shape, ...layers, ...blocks } };
  const recipe = { format: 1, preset: 'ddpm', plugins: { engine, denoiser, sampler: 'ddim' } };
  await using pipeline = await diffusion(recipe, { plugins: nodePlugins });
  await pipeline.assembly.get(Roles.engine).start();
  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  const runs = Array.from({ length: 10 }, (_, seed) => pipeline.sample({ steps: 20, count: 1, seed }));
  for (const result of await Promise.all(runs)) result.dispose();
  delays.disable();
  const [p99, max] = [delays.percentile(99), delays.max].map((nanoseconds) => rounded(nanoseconds / 1e6, 1));
  return { what: `event-loop delay, ten runs at once on ${engine}: p99, max ms`, 'ours ms': `${p99}, ${max}`, target };
}

/** How much slower a network call gets when another process takes one of the cores. */
export async function contended(): Promise<readonly Figure[]> {
  const engine = await startedEngine('onnxruntime');
  const network = await networkOn(engine, 'unet', 32);
  const work = forwardWork(engine, network, 4);
  const alone = await timed(work.run, 15);
  const other = new Worker('for (;;) {}', { eval: true });
  const beside = await timed(work.run, 15);
  await other.terminate();
  work.dispose();
  network.dispose?.();
  await engine.stop();
  const figures = { 'ours ms': rounded(alone, 1), 'theirs ms': rounded(beside, 1) };
  return [
    {
      what: 'forward, one core taken by other work: times slower',
      ...figures,
      ratio: rounded(beside / alone, 2),
      target: '<= 3',
    },
  ];
}

/** Resident memory of 10,000 updates of a small network, from the 500th on. */
export async function memory(): Promise<readonly Figure[]> {
  const engine = await startedEngine('onnxruntime');
  const network = await networkOn(engine, 'small');
  const work = await trainWork(engine, network, 2);
  const seen: number[] = [];
  for (let step = 0; step <= 10_000; step++) {
    await work.run();
    if (step >= 500 && step % 500 === 0) seen.push(process.memoryUsage.rss() / 2 ** 20);
  }
  work.dispose();
  network.dispose?.();
  await engine.stop();
  const [first = 0] = seen;
  const last = median(seen.slice(-3));
  return [
    {
      what: 'resident MiB after 500 and after 10,000 updates',
      'ours ms': rounded(first, 0),
      'theirs ms': rounded(last, 0),
      ratio: rounded(last / first, 3),
      target: 'flat',
    },
  ];
}

/** From the start of `node` to the first sampled step of the digit model, from the built package. */
export async function coldStart(): Promise<readonly Figure[]> {
  const script = fileURLToPath(new URL('cold-start.mjs', import.meta.url));
  const times: number[] = [];
  for (let round = 0; round < 5; round++) {
    const began = performance.now();
    await run(process.execPath, [script]);
    times.push(performance.now() - began);
  }
  return [{ what: 'cold start to the first sampled step', 'ours ms': rounded(median(times), 0), target: '<= 2500' }];
}
