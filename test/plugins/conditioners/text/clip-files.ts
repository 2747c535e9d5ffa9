import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  TOKENIZER_FILES,
  tokenizerFiles,
  type TokenizerFiles,
} from '../../../../src/plugins/conditioners/text/tokenizer-files.js';

/** A small tokenizer of CLIP's kind: the files of a folder of golden data. */
export function clipFiles(folder = 'tokenizer'): TokenizerFiles {
  const read = TOKENIZER_FILES.filter((name) => name !== 'tokenizer.json').map((name) => {
    const text = readFileSync(join('test/golden/text-encoders/sdxl', folder, name), 'utf8');
    return [name, name.endsWith('.json') ? (JSON.parse(text) as unknown) : text] as const;
  });
  return tokenizerFiles.parse(Object.fromEntries(read));
}
