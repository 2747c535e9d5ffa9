import { describe, expect, it } from 'vitest';
import { Roles } from 'rxdiffusion';
import { samplerLaws } from 'rxdiffusion/testing';
import { made } from '../plugins-of.js';
import { levels, near, run } from './sampler-run.js';

const data = Float64Array.of(-1.1, 0.2, 0.35, 1.6);
const up = levels.toReversed();

/** Data, up to noise, and back by ddim. */
async function thereAndBack(iterations: number, upward = up): Promise<Float64Array> {
  const noise = run(await made(Roles.sampler, 'ddim-inverse', { iterations }), { levels: upward, x: data });
  return run(await made(Roles.sampler, 'ddim'), { levels: upward.toReversed(), x: noise });
}
const error = (x: Float64Array): number => Math.max(...x.map((value, i) => Math.abs(value - (data[i] ?? 0))));

describe('ddim-inverse', () => {
  it('comes back the closer the more it iterates', async () => {
    const errors = [];
    for (const iterations of [0, 3, 30]) errors.push(error(await thereAndBack(iterations, up.slice(1))));
    expect(errors[0]).toBeGreaterThan(0.05);
    expect(errors[1]).toBeLessThan(errors[0] ?? 0);
    expect(errors[2]).toBeLessThan(1e-6);
  });

  it('leaves the clean level without asking the network', async () => {
    const sampler = await made(Roles.sampler, 'ddim-inverse');
    const noise = run(sampler, { levels: up.slice(0, 2), x: data, denoise: () => expect.fail('asked') });
    near(
      noise,
      data.map((x) => x * (up[1]?.alpha ?? 0)),
    );
  });

  it('keeps the laws with iterations', async () => {
    const sampler = await made(Roles.sampler, 'ddim-inverse', { iterations: 2 });
    expect(() => samplerLaws(sampler)).not.toThrow();
  });
});
