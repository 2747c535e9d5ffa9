import { describe, expect, it } from 'vitest';
import { networkOutcomes } from '../../tools/golden/networks.js';

describe('unet2d against diffusers, on wasm', () => {
  it('agrees in forward passes, gradients and whole sampling runs', async () => {
    const outcomes = await networkOutcomes('test/golden/unet2d');
    expect(outcomes.filter(({ verdict }) => verdict === 'failed')).toEqual([]);
    const passed = outcomes.filter(({ verdict }) => verdict === 'passed').map(({ group, name }) => `${group} ${name}`);
    expect(passed).toEqual(
      expect.arrayContaining([
        'ddpm gradients',
        'ddpm trajectory.0 DDIMScheduler',
        'ddpm trajectory.2 DDPMScheduler',
        'fp16-variant forward.0.fp16',
        'legacy-root trajectory.0 DDIMScheduler',
        'no-mid-attention forward.0',
      ]),
    );
    expect(passed.length).toBeGreaterThanOrEqual(18);
  });
});
