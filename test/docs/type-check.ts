import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { ROOT } from '../house/source-files.js';
import type { CodeBlock } from './code-blocks.js';

const OXLINT = join(ROOT, 'node_modules', 'oxlint', 'bin', 'oxlint');

/** Some blocks are modules of pages. That no other needs a page shows when it runs in Node. */
const TSCONFIG = {
  extends: join(ROOT, 'tsconfig.json').replaceAll('\\', '/'),
  compilerOptions: {
    ...{ incremental: false, noUnusedLocals: false, noUnusedParameters: false },
    lib: ['ES2023', 'ESNext.Disposable', 'DOM', 'DOM.Iterable'],
  },
  include: ['blocks'],
  exclude: [],
};

/** `blocks/errors/block-9.ts:2:7: Type ...`. */
const PROBLEM = /^blocks\/(.+?):(\d+):\d+: (.*?)(?: \[Error\/typescript\(TS\d+\)\])?$/;

/**
 * Type-checks blocks in one program, each a module of its own beside our packages, so that the package's own name
 * resolves to `src`. The compiler is the native one that comes with the linter, which takes a tenth of the time.
 */
export async function typeErrors(blocks: readonly CodeBlock[]): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'code-blocks-'));
  try {
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction');
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(TSCONFIG));
    for (const { file, code } of blocks) {
      const path = join(folder, 'blocks', file);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, `${code}\nexport {};\n`);
    }
    return problemsIn(await checked(folder), blocks);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function checked(folder: string): Promise<string> {
  const words = [OXLINT, '-A', 'all', '--type-aware', '--type-check', '--format', 'unix', 'blocks'];
  const child = spawn(process.execPath, words, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  return text(child.stdout);
}

function problemsIn(output: string, blocks: readonly CodeBlock[]): string[] {
  const said = output.split('\n').filter((line) => line.trim() !== '');
  const problems = said.filter((line) => !/^\d+ problems?$|^Finished|^Found/.test(line));
  return problems.map((line) => {
    const [, file, at = '', message] = PROBLEM.exec(line.replaceAll('\\', '/')) ?? [];
    const block = blocks.find((one) => one.file === file);
    if (block === undefined) return line;
    const [page, first] = block.place.split(':');
    return `${page}:${Number(first) + Number(at) - 1}: ${message}`;
  });
}
