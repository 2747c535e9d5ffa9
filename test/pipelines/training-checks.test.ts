import { describe, expect, it } from 'vitest';
import { diffusion } from '../../src/pipelines/diffusion.js';
import { standardPlugins } from '../../src/pipelines/presets/standard-plugins.js';

const denoiser = { name: 'mlp', config: { width: 4, blocks: 1 } };
const made = (more: object) =>
  diffusion(
    { format: 1, preset: 'ddpm', plugins: { engine: 'tfjs-cpu', denoiser, grid: 'leading', ...more } },
    { plugins: standardPlugins },
  );
const pure = { schedule: { name: 'linear', config: { zeroTerminalSnr: true } }, dataset: 'two-moons' };

describe('a schedule that ends in pure noise, and a grid that does not visit it', () => {
  it.each(['consistency', 'edm', 'epsilon', 'score'])('cannot train %s: refused when it is assembled', async (name) => {
    await expect(made({ ...pure, parameterization: name })).rejects.toThrow(
      new RegExp(`RXD_COMBINATION[^]*pure noise[^]*parameterization/${name}[^]*zeroTerminalSnr`),
    );
  });

  it.each(['v', 'x0', 'flow'])('trains %s', async (name) => {
    await using pipeline = await made({ ...pure, parameterization: name });
    const result = await pipeline.train({ steps: 2, batchSize: 2 });
    result.dispose();
    expect(result.step).toBe(2);
  });

  it('samples whatever can be read where its grid goes, without data', async () => {
    const { schedule } = pure;
    await using pipeline = await made({ schedule, parameterization: 'epsilon' });
    (await pipeline.sample({ steps: 2 })).dispose();
    expect(pipeline.explain()).toContain('zeroTerminalSnr');
  });
});
