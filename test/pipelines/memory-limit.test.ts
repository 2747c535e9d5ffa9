import { describe, expect, it } from 'vitest';
import { DiffusionError } from '../../src/core/errors/diffusion-error.js';
import { diffusion, type DiffusionOptions } from '../../src/pipelines/diffusion.js';
import { standardPlugins } from '../../src/pipelines/presets/standard-plugins.js';

type Options = Omit<DiffusionOptions, 'plugins'>;

const pipelineOf = (plugins: object, options: Options = {}) =>
  diffusion(
    { format: 1, preset: 'ddpm', plugins: { engine: 'tfjs-cpu', dataset: 'two-moons', ...plugins } },
    { plugins: standardPlugins, ...options },
  );
const mlp = (config: Readonly<Record<string, unknown>>) => ({ denoiser: { name: 'mlp', config } });
const small = mlp({ width: 4, blocks: 1 });

async function messageOf(attempt: () => Promise<unknown>): Promise<string> {
  try {
    await attempt();
  } catch (error) {
    if (error instanceof DiffusionError && error.code === 'RXD_MEMORY_LIMIT') return error.message;
    throw error;
  }
  throw new Error('it was not refused');
}

describe('what memory cannot hold is refused before it is made, with the estimate in MB', () => {
  it('weights, by the plugin', async () => {
    const wide = await messageOf(() => pipelineOf(mlp({ width: 65_536, blocks: 100 })));
    expect(wide).toMatch(/about 5,\d{3},\d{3} MB, more than the limit of 2,048 MB[^]*denoiser\/mlp: 5/);
    expect(await messageOf(() => pipelineOf({ ...small, 'denoiser:weak': mlp({ width: 40_000 }).denoiser }))).toContain(
      'MB',
    );
  });

  it('the whole of a pipeline: each part fits, all together do not', async () => {
    const plugins = { ...mlp({ width: 400 }), 'denoiser:weak': mlp({ width: 400 }).denoiser };
    await using pipeline = await pipelineOf(mlp({ width: 400 }), { memoryLimit: 10 });
    expect(pipeline.assembly.memoryLimit).toBe(10);
    expect(await messageOf(() => pipelineOf(plugins, { memoryLimit: 10 }))).toContain('the limit of 10 MB');
  });

  it('points of a data set', async () => {
    const means = [Array.from({ length: 1000 }, () => 0)];
    const dataset = { name: 'gaussian-mixture', config: { means, size: 10_000_000 } };
    expect(await messageOf(() => pipelineOf({ ...mlp({ dimensions: 1000 }), dataset }))).toMatch(
      /gaussian-mixture: 40,/,
    );
  });

  it('samples of a run, and examples of an update', async () => {
    const dataset = { name: 'two-moons', config: { size: 100_000 } };
    await using pipeline = await pipelineOf({ ...small, dataset }, { memoryLimit: 4 });
    expect(await messageOf(() => pipeline.sample({ count: 100_000 }))).toMatch(
      /`count`: 100000 samples of \[2\]: 5 MB/,
    );
    expect(await messageOf(() => pipeline.train({ steps: 1, batchSize: 100_000 }))).toMatch(/`batchSize`/);
    using result = await pipeline.sample({ count: 10, steps: 1 });
    expect(result.x.shape).toEqual([10, 2]);
  });

  it('a plugin that is made beside the others', async () => {
    await using pipeline = await pipelineOf(small, { memoryLimit: 20 });
    const { Roles } = await import('../../src/core/assembly/roles.js');
    const use = mlp({ width: 4000 }).denoiser;
    expect(await messageOf(() => pipeline.assembly.make(Roles.denoiser, use))).toContain('denoiser/mlp');
  });

  it.each([0, -1, Number.NaN, '10'])('a limit of %j is refused: none is off by accident', async (memoryLimit) => {
    await expect(pipelineOf(small, { memoryLimit } as object)).rejects.toThrow(/RXD_REQUEST_INVALID[^]*memoryLimit/);
  });
});
