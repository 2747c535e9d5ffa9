import { createHash } from 'node:crypto';
import { diffusion, standardPlugins } from 'rxdiffusion';

/**
 * Prints SHA-256 of samples of a small unet2d on the engine tfjs-wasm, for solvers with and without noise on schedules
 * of each path: equal lines on every version of Node (`tools/node-matrix.ts`).
 */
const denoiser = {
  name: 'unet2d',
  config: {
    sample_size: 8,
    in_channels: 1,
    out_channels: 1,
    block_out_channels: [8, 16],
    down_block_types: ['DownBlock2D', 'AttnDownBlock2D'],
    up_block_types: ['AttnUpBlock2D', 'UpBlock2D'],
    layers_per_block: 1,
    norm_num_groups: 4,
    seed: 5,
  },
};

for (const [preset, schedule, sampler] of [
  ['ddpm', 'linear', 'ddim'],
  ['ddpm', 'cosine', 'ddpm'],
  ['ddpm', 'scaled-linear', 'dpmpp-2m'],
  ['edm', 'edm', 'heun'],
  ['flow', 'flow', 'euler-ancestral'],
] as const) {
  const recipe = { format: 1, preset, plugins: { engine: 'tfjs-wasm', denoiser, schedule, sampler } };
  await using pipeline = await diffusion(recipe, { plugins: standardPlugins });
  using result = await pipeline.sample({ steps: 10, count: 2, seed: 7 });
  const { data } = result.images();
  const digest = createHash('sha256').update(new Uint8Array(data.buffer)).digest('hex');
  console.log(`${[preset, schedule, sampler].join(' ').padEnd(26)} ${data[0]?.toFixed(6)} sha256 ${digest}`);
}
