import { describe, expect, it } from 'vitest';
import { labelsOf } from '../../src/cli/labels.js';

describe('labelsOf', () => {
  it.each([
    ['all', 7, 5, [0, 1, 2, 3, 0, 1, 2]],
    [undefined, 3, 11, [0, 1, 2]],
    ['3', 4, 5, [3, 3, 3, 3]],
    ['3,1', 5, 5, [3, 1, 3, 1, 3]],
    ['3,1,0', 2, 5, [3, 1]],
  ])('%j for %i samples of %i classes', (said, count, classes, labels) => {
    expect(labelsOf(said, count, classes)).toEqual(labels);
  });

  it.each(['4', '5', '-1', '1.5', '', ',', '3,', ',3', '1,,2', ' 3', '3 1', '0x1', '1e0', 'three', 'ALL'])(
    'refuses %j, which names no class of five (the fifth is the null class)',
    (said) => {
      expect(() => labelsOf(said, 4, 5)).toThrow(/RXD_CONDITION_INVALID[^]*all, or numbers from 0 to 3/);
    },
  );

  it('says nothing where the checkpoint knows no labels, and refuses to be told some', () => {
    expect(labelsOf(undefined, 4, undefined)).toBeUndefined();
    expect(() => labelsOf('all', 4, undefined)).toThrow(/RXD_CONDITION_INVALID[^]*leave --labels out/);
  });
});
