import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { filesUnder, ROOT } from '../house/source-files.js';

/** A fenced TypeScript block of a guide. */
export interface CodeBlock {
  /** `docs/errors.md:9`: the page and the line on which the code begins. */
  readonly place: string;
  readonly code: string;
  /** Fence says `ts run`: the block is complete and a test executes it. */
  readonly runs: boolean;
}

const FENCE = /^```ts( run)?\n([\s\S]*?)^```$/gm;

/** All TypeScript blocks of README.md and docs/*.md. */
export function allBlocks(): CodeBlock[] {
  const guides = filesUnder('docs', '.md').filter((file) => /^docs\/[^/]+$/.test(file.path));
  const readme = join(ROOT, 'README.md');
  const pages = existsSync(readme) ? [{ path: 'README.md', text: readFileSync(readme, 'utf8') }, ...guides] : guides;
  return pages.flatMap((page) => blocksOf(page.path, page.text));
}

/** TypeScript blocks of one page. */
export function blocksOf(path: string, text: string): CodeBlock[] {
  return [...text.matchAll(FENCE)].map((match) => ({
    place: `${path}:${text.slice(0, match.index).split('\n').length + 1}`,
    code: match[2] ?? '',
    runs: match[1] !== undefined,
  }));
}
