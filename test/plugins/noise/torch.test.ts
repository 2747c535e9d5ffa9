import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Roles, type NoiseSource } from 'rxdiffusion';
import { fusedMultiplyAdd } from '../../../src/plugins/noise/torch/single-precision.js';
import { torchGenerator } from '../../../src/plugins/noise/torch/torch-generator.js';
import { made } from '../plugins-of.js';

interface Forward {
  readonly cases: readonly { readonly x0: readonly number[]; readonly noise: readonly number[] }[];
}

const forward = JSON.parse(gunzipSync(readFileSync('test/golden/tables/forward.json.gz')).toString('utf8')) as Forward;

const digits = (values: Float64Array, count: number): number[] =>
  [...values.slice(0, count)].map((value) => Number(value.toFixed(4)));

describe('the generator of torch', () => {
  it('draws 1408 normals of the recorded run bit for bit (torch.Generator().manual_seed(7), 88 draws of 16)', () => {
    const generator = torchGenerator(7);
    for (const { x0, noise } of forward.cases)
      for (const recorded of [x0, noise]) expect([...generator.normals(16)]).toEqual(recorded.map(Math.fround));
  });

  it('begins as diffusers-figures d.2 says with seed 0', () => {
    const first = [-1.1258, -1.1524, -0.2506, -0.4339, 0.8487, 0.692];
    expect(digits(torchGenerator(0).normals(16), 6)).toEqual(first);
    expect(digits(torchGenerator(0).normals(768), 6)).toEqual(first);
  });

  it('draws fewer than 16 in double precision, two at a time', () => {
    const generator = torchGenerator(0);
    expect(digits(generator.normals(3), 3)).toEqual([1.541, -0.2934, -2.1788]);
    expect(digits(generator.normals(2), 2)).toEqual([0.5684, -1.0845]);
  });

  it('draws the last 16 anew where 16 does not divide the count', () => {
    const [long, exact] = [torchGenerator(3).normals(20), torchGenerator(3)];
    const [head] = [exact.normals(16), exact.uniforms(4)];
    expect([...long.slice(0, 4)]).toEqual([...head.slice(0, 4)]);
    expect([...long.slice(4)]).toEqual([...exact.normals(16)]);
  });

  it('has uniform numbers that begin as with seed 0', () => {
    expect(digits(torchGenerator(0).uniforms(3), 3)).toEqual([0.4963, 0.7682, 0.0885]);
  });

  it('takes the lower 32 bits of a seed, of negative ones too', () => {
    expect(torchGenerator(2 ** 32 + 5).normals(16)).toEqual(torchGenerator(5).normals(16));
    expect(torchGenerator(-1).normals(16)).toEqual(torchGenerator(2 ** 32 - 1).normals(16));
  });
});

describe('fusedMultiplyAdd', () => {
  it('rounds once where a double in between would round twice', () => {
    // The product is 2^-24 less a trifle that no double can add to 1, and a tie if it is lost.
    const [a, b, odd] = [2 ** -12 * (1 + 2 ** -23), 2 ** -12 * (1 - 2 ** -23), 1 + 2 ** -23];
    expect(Math.fround(a * b + odd)).toBe(1 + 2 ** -22);
    expect(fusedMultiplyAdd(a, b, odd)).toBe(odd);
    expect(fusedMultiplyAdd(a, -b, -odd)).toBe(-odd);
    expect(Math.fround(odd - a * b)).toBe(1);
    expect(fusedMultiplyAdd(-a, b, odd)).toBe(odd);
    expect(fusedMultiplyAdd(2 ** -24, 1, 1)).toBe(1);
  });
});

describe('torch as a noise source', () => {
  const drawn = (noise: NoiseSource, purpose: string, step: number, count = 16): number[] => [
    ...noise.normal({ seed: 7, purpose, step }, count),
  ];

  it('starts with the first draw and gives step k the draw after k others, in any order of asking', async () => {
    const noise = await made(Roles.noise, 'torch');
    const recorded = forward.cases
      .flatMap(({ x0, noise: second }) => [x0, second])
      .map((list) => list.map(Math.fround));
    for (const step of [3, 0, 1, 20, 2]) expect(drawn(noise, 'step', step)).toEqual(recorded[step + 1]);
    expect(drawn(noise, 'start', 0)).toEqual(recorded[0]);
    expect(drawn(noise, 'step', 5)).toEqual(recorded[6]);
  });

  it('gives every other purpose and uniform numbers generators of their own', async () => {
    const noise = await made(Roles.noise, 'torch');
    const draws = ['start', 'step', 'step/second', 'train/noise'].map((purpose) => drawn(noise, purpose, 0).join());
    expect(new Set(draws).size).toBe(4);
    const key = { seed: 7, purpose: 'start', step: 0 };
    expect(noise.uniform(key, 5)).toEqual(noise.uniform(key, 9).slice(0, 5));
  });

  it('draws planes of channels one after the other and gives them together', async () => {
    const [flat, images] = [await made(Roles.noise, 'torch'), await made(Roles.noise, 'torch', { channels: 3 })];
    const [planes, places] = [drawn(flat, 'start', 0, 48), drawn(images, 'start', 0, 48)];
    for (let place = 0; place < 16; place++)
      for (let channel = 0; channel < 3; channel++)
        expect(places[place * 3 + channel]).toBe(planes[channel * 16 + place]);
  });

  it('has the moments of a normal distribution', async () => {
    const many = (await made(Roles.noise, 'torch')).normal({ seed: 1, purpose: 'start', step: 0 }, 65_536);
    const mean = many.reduce((sum, value) => sum + value, 0) / many.length;
    const variance = many.reduce((sum, value) => sum + (value - mean) ** 2, 0) / many.length;
    expect(Math.abs(mean)).toBeLessThan(0.015);
    expect(Math.abs(variance - 1)).toBeLessThan(0.02);
  });
});
