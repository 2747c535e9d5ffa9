import { lastValueFrom, toArray } from 'rxjs';
import { expect, it } from 'vitest';
import { catalogue, diffusion, pixels, Roles } from 'rxdiffusion';
import { nodePlugins } from 'rxdiffusion/node';
import { onnxruntimeWeb } from 'rxdiffusion/onnxruntime-web';
import { full, times } from '../effort.js';
import { figure } from '../figure.js';

const STEPS = times(10, 50);
const plugins = [...nodePlugins, onnxruntimeWeb];
const ENGINES: readonly (readonly [name: string, config: object])[] = [
  ['tfjs-wasm', {}],
  ['onnxruntime', {}],
  ['onnxruntime-web', { threads: 1 }],
  ['tfjs-node', {}],
  ...(full ? ([['tfjs-webgpu', {}]] as const) : []),
];
const denoiser = {
  name: 'unet2d',
  config: {
    ...{
      sample_size: 8,
      in_channels: 1,
      out_channels: 1,
      block_out_channels: [times(4, 8), times(8, 16)],
      layers_per_block: 1,
    },
    ...{ down_block_types: ['DownBlock2D', 'AttnDownBlock2D'], up_block_types: ['AttnUpBlock2D', 'UpBlock2D'] },
    ...{ norm_num_groups: 4, seed: 5 },
  },
};

/** The starting noise and the samples after the steps of a deterministic sampler. */
async function sampledOn(name: string, config: object): Promise<readonly [start: Float32Array, end: Float32Array]> {
  const recipe = { format: 1, preset: 'ddpm', plugins: { engine: { name, config }, denoiser, sampler: 'ddim' } };
  await using pipeline = await diffusion(recipe, { plugins });
  const events = await lastValueFrom(
    pipeline.sample.events({ steps: STEPS, count: 2, seed: 7, clip: { range: 1 } }).pipe(pixels('x'), toArray()),
  );
  return [events[0]!.images.data, events.at(-1)!.images.data];
}

async function isAvailable(name: string, config: object): Promise<boolean> {
  const definition = catalogue(plugins).find(Roles.engine, name);
  const engine = await definition.create({ config: definition.config.parse(config) });
  return (await engine.probe()).available;
}

const gap = (a: Float32Array, b: Float32Array): number =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? Number.NaN))), 0);

it('engines start from the same noise, and agree after deterministic steps', { timeout: 240_000 }, async () => {
  const [noise, samples] = await sampledOn('tfjs-cpu', {});
  const gaps: string[] = [];
  for (const [name, config] of ENGINES) {
    if (!(await isAvailable(name, config))) continue;
    const [start, end] = await sampledOn(name, config);
    expect(start).toEqual(noise);
    expect({ name, near: gap(end, samples) <= 1e-4 }).toEqual({ name, near: true });
    gaps.push(`${name} ${gap(end, samples).toExponential(1)}`);
  }
  expect(gaps.length).toBeGreaterThan(2);
  figure(
    'R18',
    `equal noise on ${gaps.length + 1} engines; gap to tfjs-cpu after ${STEPS} steps of ddim: ${gaps.join(', ')}`,
  );
});
