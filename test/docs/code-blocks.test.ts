import { beforeAll, describe, expect, it, vi } from 'vitest';
import { parseRecipe } from '../../src/core/assembly/recipe.js';
import { full } from '../effort.js';
import { filesUnder } from '../house/source-files.js';
import { runBlocks, saveBlocks } from './block-programs.js';
import { allBlocks, blocksOf, isForPages, recipesOf } from './code-blocks.js';
import { typeErrors } from './type-check.js';

// The compiler and whole programs, on a machine that may be busy.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const blocks = allBlocks();
/** In `npm test` those of the README and a few others. */
const tried = blocks
  .filter((block) => !isForPages(block))
  .filter(({ place }, index) => full || place.startsWith('README') || index % 12 === 5);

describe('code blocks of the README and the guides', () => {
  beforeAll(() => saveBlocks(blocks));

  it('have a place of their own each', () => {
    expect(new Set(blocks.map((block) => block.file)).size).toBe(blocks.length);
  });

  it('type-check, and a type error is reported at its line of the page', async () => {
    expect(blocks.length).toBeGreaterThan(15);
    // Pages of examples have types of their own: those of a browser.
    const pages = filesUnder('examples', 'page.ts').map(({ path, text }) => ({
      place: `${path}:1`,
      file: path,
      code: text,
    }));
    expect(pages).not.toEqual([]);
    const code = "import { Subject } from 'rxjs';\nconst a: number = 'one';\n";
    const wrong = { place: 'docs/wrong.md:4', file: 'wrong/block-4.ts', code };
    expect(await typeErrors([...blocks, ...pages, wrong])).toEqual([
      "docs/wrong.md:5: Type 'string' is not assignable to type 'number'.",
    ]);
  });

  // In `npm test` one after the other in one program; what is a test looks at the backend as a new process has it.
  const isTest = ({ file }: (typeof tried)[number]): boolean => file.endsWith('.test.ts');
  const alone = tried.filter((block) => full || isTest(block)).map((block) => [block]);
  const programs = full ? alone : [tried.filter((block) => !isTest(block)), ...alone];
  it.each(programs.map((some) => [some.map(({ place }) => place), some] as const))(
    '%s end well',
    async (places, some) => {
      const { status, output, ended } = await runBlocks(some);
      expect({ status, ended, output }).toEqual({ status: 0, ended: places, output });
    },
  );
});

describe('plugins of the guides', () => {
  const roles = ['conditioner', 'codec', 'guidance', 'adapter', 'dataset', 'denoiser', 'sampler', 'schedule', 'grid'];
  it.each(roles)('a %s is written in at most 60 lines', (role) => {
    const block = blocks.find(({ place }) => new RegExp(`^docs/write-an?-${role}\\.md:`).test(place));
    expect(block?.code.trimEnd().split('\n').length).toBeLessThanOrEqual(60);
  });
});

it('recipes of the guides have the form of a recipe', () => {
  const recipes = filesUnder('docs', '.md').flatMap((page) => recipesOf(page.text));
  expect(recipes.length).toBeGreaterThan(10);
  for (const recipe of recipes) expect(() => parseRecipe(JSON.parse(recipe))).not.toThrow();
});

describe('the check of code blocks', () => {
  it('finds blocks, their lines and their files', () => {
    const page = [
      '# A',
      '',
      '```ts',
      'const a = 1;',
      '```',
      '',
      '```ts',
      '// b.ts',
      'const b = 2;',
      '```',
      '```sh',
      'ls',
      '```',
    ];
    expect(blocksOf('docs/a.md', page.join('\n'))).toEqual([
      { place: 'docs/a.md:4', file: 'a/block-4.ts', code: 'const a = 1;\n' },
      { place: 'docs/a.md:8', file: 'a/b.ts', code: '// b.ts\nconst b = 2;\n' },
    ]);
  });
});
