import { describe, expect, it } from 'vitest';
import type { Dataset } from '../../../src/core/contracts/dataset.js';
import { datasetLaws } from '../../../src/testing/dataset-laws.js';
import { gaussianMixture } from '../../../src/plugins/datasets/gaussian-mixture.js';
import { twoMoons, twoMoonsMixture } from '../../../src/plugins/datasets/two-moons.js';
import { plainNoise } from './plain-noise.js';
import { dataIn, labelsIn } from '../../batch-parts.js';

const mixture = async (config: object): Promise<Dataset> =>
  gaussianMixture.create({ config: gaussianMixture.config.parse(config), noise: plainNoise });
const moons = async (config: object): Promise<Dataset> =>
  twoMoons.create({ config: twoMoons.config.parse(config), noise: plainNoise });
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
function std(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
}

describe('gaussian-mixture', () => {
  it('keeps the laws', async () => {
    await datasetLaws(await mixture({ size: 200 }), { batchSize: 16 });
    await datasetLaws(await mixture({ means: [[0, 1, 2]], stds: [1], size: 40 }), { batchSize: 8 });
  });

  it('has the means, spreads and shares that it was given', async () => {
    const config = { means: [[-2], [3]], stds: [0.5, 0.1], weights: [1, 3], size: 20_000 };
    const batch = await (await mixture(config)).batch({ seed: 1, epoch: 0, index: 0, size: 20_000 });
    const [data, labels] = [dataIn(batch), labelsIn(batch)];
    const of = (label: number) => [...data].filter((_, i) => labels[i] === label);
    expect(of(0).length / 20_000).toBeCloseTo(0.25, 1.7);
    expect([mean(of(0)), std(of(0))].map((x) => x.toFixed(1))).toEqual(['-2.0', '0.5']);
    expect([mean(of(1)), std(of(1))].map((x) => x.toFixed(1))).toEqual(['3.0', '0.1']);
  });

  it('gives a point by its place alone, whatever the batch size', async () => {
    const dataset = await mixture({ size: 64 });
    const whole = await dataset.batch({ seed: 3, epoch: 5, index: 0, size: 64 });
    const part = await dataset.batch({ seed: 3, epoch: 5, index: 3, size: 8 });
    expect(dataIn(part)).toEqual(dataIn(whole).slice(48, 64));
    expect(labelsIn(part)).toEqual(labelsIn(whole).slice(24, 32));
  });

  it.each([
    { means: [] },
    { means: [[1], [1, 2]] },
    { stds: [1] },
    { stds: -1 },
    { weights: [1] },
    { weights: Array(8).fill(0) },
    { size: 0 },
    { std: 1 },
  ])('refuses the config %j', (config) => {
    expect(gaussianMixture.config.safeParse(config).success).toBe(false);
  });
});

describe('two-moons', () => {
  it('keeps the laws', async () => {
    await datasetLaws(await moons({ size: 300 }), { batchSize: 32 });
  });

  it('lies on two half circles of radius 1, centred together', async () => {
    const batch = await (
      await moons({ noise: 0.01, size: 4000 })
    ).batch({
      seed: 1,
      epoch: 0,
      index: 0,
      size: 4000,
    });
    const [data, labels] = [dataIn(batch), labelsIn(batch)];
    for (let i = 0; i < 4000; i += 1) {
      const side = labels[i] === 0 ? 1 : -1;
      const [x, y] = [side * (data[2 * i] ?? 0) + 0.5, side * (data[2 * i + 1] ?? 0) + 0.25];
      expect(Math.abs(Math.hypot(x, y) - 1)).toBeLessThan(0.06);
      expect(y).toBeGreaterThan(-0.06);
    }
    expect(mean([...labels])).toBeCloseTo(0.5, 1);
  });

  it('is a mixture whose parts are closer than its noise, so that no gap shows', () => {
    const { means, weights } = twoMoonsMixture(0.1);
    expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
    const [first, second] = means;
    expect(Math.hypot((first?.[0] ?? 0) - (second?.[0] ?? 0), (first?.[1] ?? 0) - (second?.[1] ?? 0))).toBeLessThan(
      0.03,
    );
  });
});
