import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { filesUnder, ROOT } from '../house/source-files.js';

/** A fenced TypeScript block of a guide. */
export interface CodeBlock {
  /** `docs/errors.md:9`: the page and the line on which the code begins. */
  readonly place: string;
  /** `errors/block-9.ts`, or `errors/<name>` where the first line is a comment with a file's name. Blocks of one page import each other. */
  readonly file: string;
  readonly code: string;
}

/** Whether a block is a module of a page: `test/browser/guide.test.ts` runs these in a browser. */
export const isForPages = ({ place }: CodeBlock): boolean => place.startsWith('docs/browser.md');

const FENCE = /^```ts\n([\s\S]*?)^```$/gm;
const FILE_NAME = /^\/\/ ([\w.-]+\.ts)$/m;

/** All TypeScript blocks of README.md and docs/*.md. */
export function allBlocks(): CodeBlock[] {
  const guides = filesUnder('docs', '.md').filter((file) => /^docs\/[^/]+$/.test(file.path));
  const readme = join(ROOT, 'README.md');
  const pages = existsSync(readme) ? [{ path: 'README.md', text: readFileSync(readme, 'utf8') }, ...guides] : guides;
  return pages.flatMap((page) => blocksOf(page.path, page.text));
}

/** TypeScript blocks of one page. */
export function blocksOf(path: string, text: string): CodeBlock[] {
  return [...text.matchAll(FENCE)].map((match) => {
    const line = text.slice(0, match.index).split('\n').length + 1;
    const code = match[1] ?? '';
    const named = FILE_NAME.exec(code.split('\n', 1)[0] ?? '')?.[1];
    return {
      place: `${path}:${line}`,
      file: `${basename(path, '.md')}/${named ?? `block-${line}.ts`}`,
      code,
    };
  });
}

/** JSON blocks of a page that are recipes. */
export function recipesOf(text: string): string[] {
  return [...text.matchAll(/^```json\n([\s\S]*?)^```$/gm)]
    .map((match) => match[1] ?? '')
    .filter((json) => json.includes('"plugins"'));
}
