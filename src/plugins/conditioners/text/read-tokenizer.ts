import { Tokenizer } from '@huggingface/tokenizers';
import { DiffusionError } from '../../../core/errors/diffusion-error.js';
import { formatValue } from '../../../core/errors/format-value.js';
import { corrupt } from '../../../core/storage/corrupt.js';
import { clipTokenizerJson } from './clip-tokenizer-json.js';
import type { TextTokenizer } from './tokenizer.js';
import type { TokenizerFiles } from './tokenizer-files.js';

type Json = Readonly<Record<string, unknown>>;

/** Special tokens of CLIP, for files that name none. */
const CLIP = { bos_token: '<|startoftext|>', eos_token: '<|endoftext|>', unk_token: '<|endoftext|>' };

const SPECIAL = ['bos_token', 'eos_token', 'unk_token', 'pad_token'] as const;

/** Whether `model_max_length` is a number of tokens: a very large one says that there is no limit. */
const isLimit = (most: unknown): most is number => Number.isSafeInteger(most) && Number(most) > 2 && Number(most) < 1e9;

/**
 * A tokenizer of the files of a repository, by the library `@huggingface/tokenizers`. Special tokens are cut out of a text
 * before anything else, as transformers does.
 *
 * @throws DiffusionError `RXD_FILE_CORRUPT` for files that are no tokenizer, or lack a special token that they name
 */
export function readTokenizer(files: TokenizerFiles): TextTokenizer {
  const file = files['tokenizer.json'] ? 'tokenizer.json' : 'vocab.json';
  return library(file, () => tokenizerOf(files, file));
}

function tokenizerOf(files: TokenizerFiles, file: string): TextTokenizer {
  const named = specialTokens(files);
  const json = files['tokenizer.json'] ?? clipTokenizerJson(files['vocab.json'] ?? {}, files['merges.txt'] ?? '');
  const idOf = (token: string | undefined): number | undefined => {
    const id = token === undefined ? undefined : idIn(json, token);
    if (token !== undefined && id === undefined)
      throw corrupt(file, 'a vocabulary with all special tokens', `no ${token}`);
    return id;
  };
  const added = new Set(addedTokens(json).map(({ content }) => content));
  const missing = [...new Set(Object.values(named))].filter((token) => !added.has(token));
  const special = missing.map((content) => ({ content, id: idOf(content), special: true, normalized: false }));
  const whole = { ...json, added_tokens: [...addedTokens(json), ...special] };
  const tokenizer = new Tokenizer(whole, files['tokenizer_config.json'] ?? {});
  const [start, end] = [idOf(named['bos_token']), idOf(named['eos_token'])];
  const most = files['tokenizer_config.json']?.['model_max_length'];
  return {
    ids: (text) => library(file, () => tokenizer.encode(text, { add_special_tokens: false }).ids.map(known(file))),
    ...(start === undefined ? {} : { start }),
    ...(end === undefined ? {} : { end }),
    pad: idOf(named['pad_token']) ?? end ?? 0,
    ...(isLimit(most) ? { most } : {}),
  };
}

const known =
  (file: string) =>
  (id: number | undefined): number => {
    if (Number.isSafeInteger(id)) return id as number;
    throw corrupt(file, 'a whole number for every token, or an unknown token', formatValue(id));
  };

/** The special tokens by what they are for: those that the files name, or CLIP's for its two files alone. */
function specialTokens(files: TokenizerFiles): Readonly<Record<string, string>> {
  const said: Json = { ...files['special_tokens_map.json'], ...files['tokenizer_config.json'] };
  const entries = SPECIAL.map((key) => [key, contentOf(said[key])] as const).filter(([, token]) => token !== undefined);
  return { ...(files['tokenizer.json'] ? {} : CLIP), ...(Object.fromEntries(entries) as Record<string, string>) };
}

/** A token as a name, or as an object with its content. */
function contentOf(token: unknown): string | undefined {
  const content: unknown = typeof token === 'object' && token !== null ? (token as Json)['content'] : token;
  return typeof content === 'string' ? content : undefined;
}

interface AddedToken {
  readonly content: string;
  readonly id: number;
}

function addedTokens({ added_tokens: added }: Json): readonly AddedToken[] {
  return Array.isArray(added) ? (added as readonly AddedToken[]) : [];
}

/** The id of a token: one that was added, or one of the model, whose vocabulary is a record or a list of tokens with scores. */
function idIn(json: Json, token: string): number | undefined {
  const added = addedTokens(json).find(({ content }) => content === token);
  if (added !== undefined) return added.id;
  const { vocab } = (json['model'] ?? {}) as { readonly vocab?: unknown };
  if (Array.isArray(vocab)) {
    const at = (vocab as readonly (readonly unknown[])[]).findIndex(([one]) => one === token);
    return at < 0 ? undefined : at;
  }
  const id = Object.hasOwn(Object(vocab) as object, token) ? (vocab as Json)[token] : undefined;
  return Number.isSafeInteger(id) ? (id as number) : undefined;
}

/** The library throws plain errors of what it cannot read, at once or with the first text. */
function library<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof DiffusionError) throw error;
    const said = error instanceof Error ? error.message : formatValue(error);
    throw corrupt(file, 'a tokenizer that the library tokenizers saved', said, error);
  }
}
