import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseRecipe } from '../../src/core/plugins/recipe.js';
import { filesUnder, ROOT } from '../house/source-files.js';
import { allBlocks, blocksOf, recipesOf } from './code-blocks.js';
import { typeErrors } from './type-check.js';

const blocks = allBlocks();
const FOLDER = join(ROOT, 'out', 'code-blocks');
const runnable = blocks.filter((block) => block.runs);

describe('code blocks of the guides', () => {
  beforeAll(() => {
    rmSync(FOLDER, { recursive: true, force: true });
    for (const block of blocks) {
      mkdirSync(dirname(join(FOLDER, block.file)), { recursive: true });
      writeFileSync(join(FOLDER, block.file), `${block.code}\nexport {};\n`);
    }
  });

  it('have a place of their own each', () => {
    expect(new Set(blocks.map((block) => block.file)).size).toBe(blocks.length);
  });

  it('type-check', () => {
    expect(blocks.length).toBeGreaterThan(15);
    expect(typeErrors(blocks)).toEqual([]);
  });

  it.each(runnable.map((block) => [block.place, block] as const))('%s runs', async (_, block) => {
    await expect(import(/* @vite-ignore */ join(FOLDER, block.file))).resolves.toBeDefined();
  });
});

it('recipes of the guides have the form of a recipe', () => {
  const recipes = filesUnder('docs', '.md').flatMap((page) => recipesOf(page.text));
  expect(recipes.length).toBeGreaterThan(10);
  for (const recipe of recipes) expect(() => parseRecipe(JSON.parse(recipe))).not.toThrow();
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
      '// b.ts',
      'const b = 2;',
      '```',
      '```sh',
      'ls',
      '```',
    ];
    expect(blocksOf('docs/a.md', page.join('\n'))).toEqual([
      { place: 'docs/a.md:4', file: 'a/block-4.ts', code: 'const a = 1;\n', runs: false },
      { place: 'docs/a.md:8', file: 'a/b.ts', code: '// b.ts\nconst b = 2;\n', runs: true },
    ]);
  });

  it('reports a type error at its line of the page', () => {
    const code = "import { Subject } from 'rxjs';\nconst a: number = 'one';\n";
    const [problem, ...others] = typeErrors([{ place: 'docs/a.md:4', file: 'a/block-4.ts', code, runs: false }]);
    expect(problem).toMatch(/^docs\/a\.md:5: Type 'string' is not assignable to type 'number'/);
    expect(others).toEqual([]);
  });
});
