import { describe, expect, it } from 'vitest';
import { weightedParts } from '../../../../src/plugins/conditioners/text/weighted-prompt.js';

const said = (prompt: string) => weightedParts(prompt).map(({ text, weight }) => [text, Number(weight.toFixed(4))]);

describe('weights in a prompt', () => {
  it.each([
    ['a red fox', [['a red fox', 1]]],
    ['', []],
    [
      'a (red) fox',
      [
        ['a ', 1],
        ['red', 1.1],
        [' fox', 1],
      ],
    ],
    [
      'a (red:1.3) fox',
      [
        ['a ', 1],
        ['red', 1.3],
        [' fox', 1],
      ],
    ],
    ['(red : .5 )', [['red ', 0.5]]],
    [
      '[red] ((fox))',
      [
        ['red', 0.9091],
        [' ', 1],
        ['fox', 1.21],
      ],
    ],
    [
      '(a (b:0.5) c)',
      [
        ['a ', 1.1],
        ['b', 0.55],
        [' c', 1.1],
      ],
    ],
    [
      '(a [b)]',
      [
        ['a ', 1.1],
        ['b', 1],
      ],
    ],
    ['(open', [['open', 1.1]]],
    [String.raw`\(a\) \[b\] \\ c\d`, [[String.raw`(a) [b] \ c\d`, 1]]],
    ['closed) ratio 3:2', [['closed) ratio 3:2', 1]]],
    ['a:1.5) b', [['a:1.5) b', 1]]],
    ['(a:-1)', [['a', -1]]],
  ])('%s', (prompt, expected) => expect(said(prompt)).toEqual(expected));

  it('takes a long prompt of brackets in time that no one notices', () => {
    const prompt = '(a'.repeat(5000) + ')'.repeat(5000);
    expect(weightedParts(prompt)).toHaveLength(5000);
  });
});
