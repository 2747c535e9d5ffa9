import { describe, expect, it } from 'vitest';
import { controlGuidance } from 'rxdiffusion/diffusers';

const prompt = { prompt: 'a' };
const scalesOf = ({ condition, conditionsFrom = [] }: ReturnType<typeof controlGuidance>) => [
  (condition as { control_scale: number[] }).control_scale,
  ...conditionsFrom.map(({ from, condition: later }) => [from, (later as { control_scale: number[] }).control_scale]),
];

describe('controlGuidance', () => {
  it('is one scale where the networks always act', () => {
    expect(controlGuidance(prompt, { steps: 5, scale: 0.7 })).toEqual({
      condition: { prompt: 'a', control_scale: [0.7] },
    });
  });

  it('acts where index / n >= start and (index + 1) / n <= end', () => {
    const said = controlGuidance(prompt, { steps: 5, start: 0.2, end: 0.7 });
    expect(scalesOf(said)).toEqual([[0], [0.2, [1]], [0.6, [0]]]);
  });

  it('says each of several networks its own, and counts calls as diffusers does', () => {
    const said = controlGuidance(prompt, { steps: 5, scale: [1, 0.5], end: [1, 0.6] });
    expect(scalesOf(said)).toEqual([
      [1, 0.5],
      [0.6, [1, 0]],
    ]);
    const pndm = controlGuidance(prompt, { steps: 5, extraCalls: 1, end: 0.6 });
    expect(scalesOf(pndm)).toEqual([[1], [0.4, [0]]]);
  });
});
