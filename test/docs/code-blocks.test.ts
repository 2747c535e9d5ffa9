import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../house/source-files.js';
import { allBlocks, blocksOf } from './code-blocks.js';
import { typeErrors } from './type-check.js';

const blocks = allBlocks();
const runnable = blocks.filter((block) => block.runs);

describe('code blocks of the guides', () => {
  it('type-check', () => {
    expect(blocks.length).toBeGreaterThan(15);
    expect(typeErrors(blocks)).toEqual([]);
  });

  it.each(runnable.map((block) => [block.place, block] as const))('%s runs', async (place, block) => {
    const folder = join(ROOT, 'out', 'code-blocks');
    const file = join(folder, `${place.replace(/[^\w]+/g, '-')}.ts`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, `${block.code}\nexport {};\n`);
    await expect(import(/* @vite-ignore */ file)).resolves.toBeDefined();
  });
});

describe('the check of code blocks', () => {
  it('finds blocks, their lines and their marks', () => {
    const page = [
      '# A',
      '',
      '```ts',
      'const a = 1;',
      '```',
      '',
      '```ts run',
      'const b = 2;',
      '```',
      '```sh',
      'ls',
      '```',
    ];
    expect(blocksOf('docs/a.md', page.join('\n'))).toEqual([
      { place: 'docs/a.md:4', code: 'const a = 1;\n', runs: false },
      { place: 'docs/a.md:8', code: 'const b = 2;\n', runs: true },
    ]);
  });

  it('reports a type error at its line of the page', () => {
    const code = "import { Subject } from 'rxjs';\nconst a: number = 'one';\n";
    const [problem, ...others] = typeErrors([{ place: 'docs/a.md:4', code, runs: false }]);
    expect(problem).toMatch(/^docs\/a\.md:5: Type 'string' is not assignable to type 'number'/);
    expect(others).toEqual([]);
  });
});
