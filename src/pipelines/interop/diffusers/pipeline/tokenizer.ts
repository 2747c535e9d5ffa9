import { jsonOf, textOf } from '../../../../core/storage/model-folder.js';
import { corrupt } from '../../../../core/storage/corrupt.js';
import {
  TOKENIZER_FILES,
  tokenizerFiles,
  type TokenizerFiles,
} from '../../../../plugins/conditioners/text/tokenizer-files.js';
import type { PipelineFiles } from './pipeline-files.js';

/** The files of a tokenizer, parsed. Throws `RXD_FILE_CORRUPT` where they are none. */
export async function tokenizerOf({ read }: Pick<PipelineFiles, 'read'>, part: string): Promise<TokenizerFiles> {
  const entries: [string, unknown][] = [];
  for (const name of TOKENIZER_FILES) {
    const path = `${part}/${name}`;
    const content = name.endsWith('.json') ? await jsonOf(read, path) : await textOf(read, path);
    if (content !== undefined) entries.push([name, content]);
  }
  const files = tokenizerFiles.safeParse(Object.fromEntries(entries));
  if (files.success) return files.data;
  const [issue] = files.error.issues;
  throw corrupt(
    `${part}/`,
    'the files of a tokenizer',
    `${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`.trim(),
  );
}

/** The same; nothing where the folder has no tokenizer. */
export async function tokenizerIn(
  files: Pick<PipelineFiles, 'read'>,
  part: string,
): Promise<TokenizerFiles | undefined> {
  for (const name of ['tokenizer.json', 'vocab.json'])
    if ((await textOf(files.read, `${part}/${name}`)) !== undefined) return tokenizerOf(files, part);
  return undefined;
}
