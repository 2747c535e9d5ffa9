import { describe, expect, it } from 'vitest';
import { Roles } from 'rxdiffusion';
import { measuredOrder, samplerLaws } from 'rxdiffusion/testing';
import { made } from '../plugins-of.js';

describe('pndm', () => {
  it.each([
    [{}, 4],
    [{ rungeKutta: false }, 3],
    [{ spacing: 'even' }, 2],
    [{ spacing: 'even', rungeKutta: false }, 2],
    [{ spacing: 'even', mix: 'v' }, 1],
  ])('with %j is of order %i', async (config, order) => {
    const sampler = await made(Roles.sampler, 'pndm', config);
    expect(sampler.order).toBe(order);
    expect(() => samplerLaws(sampler)).not.toThrow();
  });

  it('mixing v, as diffusers does, costs it its order', async () => {
    expect(measuredOrder(await made(Roles.sampler, 'pndm', { mix: 'v' }))).toBeLessThan(1.1);
  });
});
