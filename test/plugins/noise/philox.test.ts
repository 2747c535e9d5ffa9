import { describe, expect, it } from 'vitest';
import type { NoiseSource } from '../../../src/core/contracts/noise-source.js';
import { Roles } from '../../../src/core/assembly/roles.js';
import { normals, uniforms } from '../../../src/core/random/draws.js';
import { philox } from '../../../src/plugins/noise/philox.js';

const key = { seed: 7, purpose: 'start', step: 0 };

describe('philox', () => {
  it('plays the role noise and takes no config', () => {
    expect(philox.role).toBe(Roles.noise);
    expect(philox.config.safeParse({}).success).toBe(true);
    expect(philox.config.safeParse({ seed: 1 }).success).toBe(false);
  });

  it('gives the draws of core', async () => {
    const source: NoiseSource = await philox.create({ config: {} });
    expect(source.normal(key, 9)).toEqual(normals(key, 9));
    expect(source.uniform(key, 9)).toEqual(uniforms(key, 9));
  });
});
