import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { datasetLaws } from '../../../src/testing/dataset-laws.js';
import { digits, loadDigits } from '../../../src/plugins/datasets/digits.js';
import { plainNoise } from './plain-noise.js';

const make = (config: object = {}) => digits.create({ config: digits.config.parse(config), noise: plainNoise });

describe('digits', () => {
  it('are the 1,500 images and labels of the source, byte for byte', async () => {
    const { data, shape, labels } = await loadDigits({ split: 'all' });
    expect(shape).toEqual([1500, 8, 8, 1]);
    const counts = Array.from({ length: 10 }, (_, digit) => labels.filter((label) => label === digit).length);
    expect(counts).toEqual([151, 151, 150, 153, 148, 152, 151, 149, 146, 149]);
    expect([...data.subarray(0, 8)].map((value) => (value + 1) * 8)).toEqual([0, 0, 5, 13, 9, 1, 0, 0]);
    const csv = Array.from(
      labels,
      (label, i) => [...data.subarray(64 * i, 64 * i + 64)].map((value) => (value + 1) * 8).join() + `,${label}\n`,
    );
    expect(createHash('sha256').update(csv.join('')).digest('hex')).toBe(
      '6405b399f16c6b10540a8f60ddb7a7a24a409dbf39cd05652bd9927e53c02879',
    );
  });

  it('keep the laws in every split and size', async () => {
    await datasetLaws(await make(), { batchSize: 64 });
    await datasetLaws(await make({ holdOut: 150 }), { batchSize: 64 });
    await datasetLaws(await make({ holdOut: 150, split: 'held-out', size: 16 }), { batchSize: 30 });
  });

  it('say what they are', async () => {
    expect((await make({ size: 16 })).info).toMatchObject({
      name: 'digits',
      size: 1500,
      shape: [16, 16, 1],
      classes: 10,
    });
    expect((await make()).info.attribution).toMatch(/Alpaydin.*Commons Attribution 4\.0/);
  });

  it.each([150, 7, 1000])('hold %i out, evenly over the digits, in no other split', async (holdOut) => {
    const train = await loadDigits({ holdOut });
    const held = await loadDigits({ holdOut, split: 'held-out' });
    expect([train.shape[0], held.shape[0]]).toEqual([1500 - holdOut, holdOut]);
    const counts = Array.from({ length: 10 }, (_, digit) => held.labels.filter((label) => label === digit).length);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThan(2);
    const rows = ({ data }: { data: Float32Array }) =>
      Array.from({ length: data.length / 64 }, (_, i) => data.subarray(64 * i, 64 * i + 64).join());
    expect(new Set([...rows(train), ...rows(held)]).size).toBe(1500);
  });

  it.each([{ split: 'held-out' }, { holdOut: 1001 }, { holdOut: 1.5 }, { split: 'test' }, { size: 12 }, { seed: 1 }])(
    'refuse the config %j',
    (config) => {
      expect(digits.config.safeParse(config).success).toBe(false);
    },
  );
});
