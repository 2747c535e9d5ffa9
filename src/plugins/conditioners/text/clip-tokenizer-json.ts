import { corrupt } from '../../../core/storage/corrupt.js';

/** What text is split by before byte-pair encoding: contractions, runs of letters, single digits, runs of the rest. */
const WORDS = String.raw`<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+`;

/**
 * The `tokenizer.json` of CLIP's byte-pair encoding, from the two files that repositories of Stable Diffusion have in its
 * place (Radford et al. 2021, section 2.4; transformers' CLIPTokenizer).
 *
 * @param merges - text of `merges.txt`
 * @throws DiffusionError `RXD_FILE_CORRUPT` for a line that is no pair
 */
export function clipTokenizerJson(vocab: Readonly<Record<string, number>>, merges: string): Record<string, unknown> {
  return {
    added_tokens: [],
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'NFC' },
        { type: 'Replace', pattern: { Regex: String.raw`\s+` }, content: ' ' },
        { type: 'Lowercase' },
      ],
    },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: WORDS }, behavior: 'Removed', invert: true },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
      ],
    },
    post_processor: null,
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: '<|endoftext|>',
      continuing_subword_prefix: '',
      end_of_word_suffix: '</w>',
      fuse_unk: false,
      byte_fallback: false,
      vocab,
      merges: pairsOf(merges),
    },
  };
}

/** Pairs of tokens, one a line; the first line may say a version. */
function pairsOf(merges: string): readonly (readonly string[])[] {
  const lines = merges.split(/\r?\n/).map((line, at) => [line.trim(), at + 1] as const);
  const said = lines.filter(([line, number]) => line !== '' && !(number === 1 && line.startsWith('#version')));
  return said.map(([line, number]) => {
    const pair = line.split(' ');
    if (pair.length !== 2)
      throw corrupt('merges.txt', 'each line is two tokens', `line ${number}: ${line.slice(0, 60)}`);
    return pair;
  });
}
