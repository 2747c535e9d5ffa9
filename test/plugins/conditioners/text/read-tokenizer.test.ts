import { describe, expect, it } from 'vitest';
import { DiffusionError } from 'rxdiffusion';
import { readTokenizer } from '../../../../src/plugins/conditioners/text/read-tokenizer.js';
import { tokenizerFiles, type TokenizerFiles } from '../../../../src/plugins/conditioners/text/tokenizer-files.js';
import { tokenRows } from '../../../../src/plugins/conditioners/text/token-rows.js';
import { clipFiles } from './clip-files.js';

describe('a tokenizer of files', () => {
  it('says start, end, padding and the most tokens', () => {
    expect(readTokenizer(clipFiles())).toMatchObject({ start: 572, end: 573, pad: 573, most: 77 });
    expect(readTokenizer(clipFiles('tokenizer_2'))).toMatchObject({ start: 572, end: 573, pad: 0 });
  });

  it('names the special tokens of CLIP where its two files lie alone', () => {
    const { 'vocab.json': vocab, 'merges.txt': merges } = clipFiles();
    const alone = readTokenizer(tokenizerFiles.parse({ 'vocab.json': vocab, 'merges.txt': merges }));
    expect(alone).toMatchObject({ start: 572, end: 573, pad: 573 });
    expect(alone.ids('a photo')).toEqual(readTokenizer(clipFiles()).ids('a photo'));
  });

  it('reads special tokens as objects, and cuts them out of a text', () => {
    const config = { pad_token: { content: '!', lstrip: false }, eos_token: { content: '<|endoftext|>' } };
    const tokenizer = readTokenizer({ ...clipFiles(), 'tokenizer_config.json': config, 'special_tokens_map.json': {} });
    expect(tokenizer.pad).toBe(0);
    expect(tokenizer.ids('a!')).toEqual([320, 0]);
    expect(tokenizer.ids('<|endoftext|>')).toEqual([573]);
  });

  it('reads tokenizer.json alike', () => {
    const plain = readTokenizer(clipFiles());
    const { 'vocab.json': vocab = {}, 'merges.txt': merges = '' } = clipFiles();
    const json = {
      ...{ added_tokens: [], normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null },
      model: {
        type: 'BPE',
        end_of_word_suffix: '</w>',
        unk_token: '<|endoftext|>',
        vocab,
        merges: merges.split('\n').slice(1).filter(Boolean),
      },
    };
    const tokenizer = readTokenizer({
      'tokenizer.json': json,
      'tokenizer_config.json': { eos_token: '<|endoftext|>' },
    });
    expect(tokenizer.start).toBeUndefined();
    expect(tokenizer.ids('the')).toEqual(plain.ids('the'));
  });

  it.each<[string, Partial<TokenizerFiles>, RegExp]>([
    ['a merge that is no pair', { 'merges.txt': '#version: 0.2\na b c' }, /line 2: a b c/],
    ['a special token that is not there', { 'special_tokens_map.json': { pad_token: 'nowhere' } }, /no nowhere/],
    ['a model of an unknown kind', { 'tokenizer.json': { model: { type: 'Sorcery' } } }, /tokenizer.json/],
    ['no model', { 'tokenizer.json': {} }, /tokenizer.json/],
  ])('refuses %s', (_, changed, says) => {
    const files = { ...clipFiles(), 'tokenizer_config.json': {}, ...changed };
    const refused = { code: 'RXD_FILE_CORRUPT', message: expect.stringMatching(says) as string };
    expect(() => readTokenizer(files).ids('a')).toThrow(expect.objectContaining(refused));
  });

  it('throws typed errors only, whatever the files hold', () => {
    const { 'vocab.json': vocab, 'merges.txt': merges = '' } = clipFiles();
    const model = {
      type: 'BPE',
      end_of_word_suffix: '</w>',
      unk_token: '<|endoftext|>',
      vocab,
      merges: merges.split('\n').slice(1, -1),
    };
    const plain = {
      added_tokens: [],
      normalizer: { type: 'NFC' },
      pre_tokenizer: { type: 'WhitespaceSplit' },
      post_processor: null,
      decoder: null,
      model,
    };
    const odd = [null, 0, -1, 1.5, '', 'x', [], [null], {}, { type: 'BPE' }, { content: null }, true, [['a', 'b']]];
    const places = (value: unknown, path: readonly string[] = []): (readonly string[])[] =>
      typeof value === 'object' && value !== null && path.length < 4
        ? Object.entries(value)
            .slice(0, 12)
            .flatMap(([key, inner]) => [[...path, key], ...places(inner, [...path, key])])
        : [];
    const changed = (value: object, [key = '', ...rest]: readonly string[], to: unknown): object => ({
      ...value,
      [key]: rest.length === 0 ? to : changed((value as Record<string, object>)[key] ?? {}, rest, to),
    });
    const outcomes = places({
      'tokenizer.json': plain,
      'tokenizer_config.json': { pad_token: '!', model_max_length: 8 },
    }).flatMap((path) =>
      odd.map((to) => {
        try {
          const files = changed({ 'tokenizer.json': plain, 'tokenizer_config.json': { pad_token: '!' } }, path, to);
          const ids = readTokenizer(files).ids('a photo of the cat!');
          return ids.every(Number.isSafeInteger) ? 'read' : 'odd ids';
        } catch (error) {
          return error instanceof DiffusionError ? error.code : String(error);
        }
      }),
    );
    expect(outcomes.length).toBeGreaterThan(300);
    expect(new Set(outcomes)).toEqual(new Set(['read', 'RXD_FILE_CORRUPT']));
  });

  it('takes no files of other names, and no vocabulary without merges', () => {
    expect(tokenizerFiles.safeParse({ 'vocab.json': { a: 1 } }).success).toBe(false);
    expect(tokenizerFiles.safeParse({ 'spiece.model': 'x', 'tokenizer.json': {} }).success).toBe(false);
  });
});

describe('rows of ids', () => {
  const tokenizer = readTokenizer(clipFiles());
  const rows = (texts: readonly string[], options = {}) =>
    tokenRows(texts, tokenizer, { length: 8, chunks: 1, weights: false, vocabulary: 574, ...options });

  it('cuts what is too long, and keeps the end', () => {
    const { ids, counts, chunks } = rows(['a a a a a a a a', 'a']);
    expect([...ids]).toEqual([572, 320, 320, 320, 320, 320, 320, 573, 572, 320, ...Array<number>(6).fill(573)]);
    expect([counts, chunks]).toEqual([[8, 3], 1]);
  });

  it('goes on in chunks, each with start and end, as many as the longest text needs', () => {
    const { ids, counts, chunks } = rows(['a a a a a a a', 'a'], { chunks: 3 });
    expect(chunks).toBe(2);
    expect([...ids.subarray(0, 16)]).toEqual([
      572,
      320,
      320,
      320,
      320,
      320,
      320,
      573,
      572,
      320,
      ...Array<number>(6).fill(573),
    ]);
    expect([...ids.subarray(24)]).toEqual([572, ...Array<number>(7).fill(573)]);
    expect(counts).toEqual([11, 3]);
  });

  it('refuses ids that the network does not know: the tokenizer is of another one', () => {
    expect(() => rows(['a'], { vocabulary: 573 })).toThrow(/RXD_CONDITION_INVALID[^]*573/);
  });

  it('says how much each token counts', () => {
    const { ids, weights } = rows(['a (a:1.5) a'], { weights: true });
    expect([...ids.subarray(0, 5)]).toEqual([572, 320, 320, 320, 573]);
    expect([...(weights ?? [])]).toEqual([1, 1, 1.5, 1, 1, 1, 1, 1]);
    expect(() => rows(['('.repeat(200) + 'a'], { weights: true })).toThrow(/RXD_CONDITION_INVALID/);
  });
});
