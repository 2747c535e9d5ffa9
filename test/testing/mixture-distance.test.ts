import { describe, expect, it } from 'vitest';
import { mixtureDistance } from 'rxdiffusion/testing';

describe('mixtureDistance', () => {
  it('is the shift of samples of one narrow Gaussian', () => {
    const at = (value: number): Float64Array => new Float64Array(50).fill(value);
    const narrow = [{ mean: 0.5, std: 0.01, weight: 1 }];
    expect(mixtureDistance(at(0.5), narrow)).toBeLessThan(0.01);
    expect(mixtureDistance(at(2), narrow)).toBeCloseTo(1.5, 2);
  });

  it('is the share that has to move times the way', () => {
    const two = [-1, 1].map((mean) => ({ mean, std: 0.01, weight: 0.5 }));
    const samples = Float64Array.from({ length: 100 }, (_, i) => (i < 25 ? -1 : 1));
    expect(mixtureDistance(samples, two)).toBeCloseTo(0.5, 2);
  });
});
