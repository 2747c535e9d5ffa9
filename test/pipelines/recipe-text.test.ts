import { describe, expect, it } from 'vitest';
import { DiffusionError } from '../../src/core/errors/diffusion-error.js';
import { parseRecipeText } from '../../src/pipelines/recipe-text.js';

const refusal = (text: string, form: 'json' | 'yaml'): unknown => {
  try {
    return parseRecipeText(text, form, 'file');
  } catch (error) {
    return error;
  }
};

const bomb = [
  'a: &a [x, x, x, x, x, x, x, x, x]',
  ...Array.from('bcdefghi', (name, i) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[i]}`).join(', ')}]`),
].join('\n');

const HOSTILE: readonly (readonly [what: string, form: 'json' | 'yaml', text: string])[] = [
  ['a key twice', 'json', '{"format":1,"format":1}'],
  ['a key twice', 'yaml', 'format: 1\nformat: 1'],
  ['a key twice, deep inside', 'json', '{"plugins":{"sampler":{"name":"ddim","config":{"eta":0,"eta":1}}}}'],
  ['a key twice, deep inside', 'yaml', 'plugins:\n  sampler: {name: ddim, config: {eta: 0, eta: 1}}'],
  ['__proto__', 'json', '{"__proto__":{}}'],
  ['__proto__', 'yaml', '__proto__: {}'],
  ['nesting without end', 'json', '['.repeat(1e6)],
  ['nesting without end', 'yaml', `a: ${'['.repeat(1e6)}`],
  ['nesting by dashes', 'yaml', '- '.repeat(40_000)],
  ['nesting by question marks', 'yaml', '? '.repeat(9000)],
  ['aliases that grow', 'yaml', bomb],
  ['sixty thousand keys', 'yaml', Array.from({ length: 60_000 }, (_, i) => `key${i}: ${i}`).join('\n')],
  ['half a million quotes', 'yaml', '"'.repeat(500_000)],
  ['thousands of quotes', 'yaml', '"'.repeat(30_000)],
  ['thousands of aliases', 'yaml', 'a: &a x\nb:\n' + '  - *a\n'.repeat(9000)],
  ['a number and its text as names', 'yaml', '1: a\n"1": b'],
  ['a name twice by its alias', 'yaml', '&k format: 1\n*k : 2'],
  ['__proto__ by an alias', 'yaml', '- &k __proto__\n- *k : {a: 1}'],
  ['a list as a name', 'yaml', '? [a]\n: 1'],
  ['no JSON', 'json', '{"a":'],
  ['no YAML', 'yaml', 'a: [1'],
];

describe('a recipe as text', () => {
  it('says where YAML breaks off', () => {
    expect(refusal('format: 1\nplugins: {a: b', 'yaml')).toMatchObject({
      got: expect.stringContaining('at line 2, column'),
    });
  });

  it('is read alike in both forms', () => {
    const recipe = { format: 1, plugins: { sampler: { name: 'ddim', config: { eta: 0.5, list: [1, 2] } } } };
    expect(parseRecipeText(JSON.stringify(recipe), 'json')).toEqual(recipe);
    expect(parseRecipeText(JSON.stringify(recipe), 'yaml')).toEqual(recipe);
    expect(parseRecipeText('format: 1\nplugins:\n  sampler: ddim', 'yaml')).toEqual({
      format: 1,
      plugins: { sampler: 'ddim' },
    });
  });

  it.each(HOSTILE)('is refused with %s (%s), in short words and little time', (_, form, text) => {
    const began = performance.now();
    const error = refusal(text, form);
    expect(error).toBeInstanceOf(DiffusionError);
    expect((error as DiffusionError).code).toBe('RXD_RECIPE_INVALID');
    expect(Buffer.byteLength((error as DiffusionError).message)).toBeLessThanOrEqual(2048);
    // A guard against hanging: on an idle machine each takes less than a tenth of a second.
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});
