import { monitorEventLoopDelay } from 'node:perf_hooks';
import { diffusion, type Diffusion } from 'rxdiffusion';
import { nodePlugins } from 'rxdiffusion/node';
import { rounded, type Benchmark, type Figure } from './figures.js';
import { timed } from './engine/timed.js';

const REQUESTS = 10;
const RUNS = 5;

const network = {
  sample_size: 16,
  in_channels: 1,
  out_channels: 1,
  block_out_channels: [16, 32],
  layers_per_block: 1,
  norm_num_groups: 8,
  down_block_types: ['DownBlock2D', 'DownBlock2D'],
  up_block_types: ['UpBlock2D', 'UpBlock2D'],
};

const recipe = (engine: string) => ({
  format: 1,
  preset: 'ddpm',
  plugins: { engine, sampler: 'ddim', denoiser: { name: 'unet2d', config: network } },
  sample: { steps: 20 },
});

/**
 * Ten requests of one sample at once, joined and not, beside one request of ten and ten in turn: milliseconds, and the
 * 99th percentile of the event loop's delay meanwhile. Words: engines, `onnxruntime tfjs-wasm` where absent.
 */
export const requests: Benchmark = async (words) => {
  const figures: Figure[] = [];
  for (const engine of words.length > 0 ? words : ['onnxruntime', 'tfjs-wasm']) {
    await using joined = await diffusion(recipe(engine), { plugins: nodePlugins });
    await using apart = await diffusion(recipe(engine), { plugins: nodePlugins, batching: false });
    figures.push(
      await figure(engine, 'ten requests at once', () => atOnce(joined)),
      await figure(engine, 'one request of ten', () => one(joined, { count: REQUESTS })),
      await figure(engine, 'ten at once, batching: false', () => atOnce(apart)),
      await figure(engine, 'ten in turn', () => inTurn(joined)),
    );
  }
  return figures;
};

async function figure(engine: string, what: string, work: () => Promise<void>): Promise<Figure> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const ms = await timed(work, RUNS);
  delay.disable();
  return { engine, what, ms: rounded(ms, 0), 'p99 of the event loop, ms': rounded(delay.percentile(99) / 1e6, 0) };
}

async function one(pipeline: Diffusion, request: { readonly seed?: number; readonly count?: number }): Promise<void> {
  using result = await pipeline.sample(request);
  await result.x.data();
}

async function atOnce(pipeline: Diffusion): Promise<void> {
  await Promise.all(Array.from({ length: REQUESTS }, (_, seed) => one(pipeline, { seed })));
}

async function inTurn(pipeline: Diffusion): Promise<void> {
  for (let seed = 0; seed < REQUESTS; seed++) await one(pipeline, { seed });
}
