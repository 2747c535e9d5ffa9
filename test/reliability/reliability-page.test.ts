import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { withFigures } from '../../tools/reliability-page.js';
import { filesUnder, ROOT } from '../house/source-files.js';

const page = readFileSync(join(ROOT, 'docs', 'reliability.md'), 'utf8');

it('figures go to the row of their rule, and a rule without one says so', () => {
  const rows = '| R1 | Files. | old | old |\n| R2 | More. | | |\n';
  const figures = [
    { rule: 'R1', counted: '3 files', test: 'test/a.test.ts' },
    { rule: 'R1', counted: '4 kills', test: 'test/a.test.ts' },
  ];
  expect(withFigures(rows, figures)).toBe(
    '| R1 | Files. | `test/a.test.ts` | 3 files<br>4 kills |\n| R2 | More. |  | nothing was printed |\n',
  );
});

it('the page has a row for R1 to R19', () => {
  const rules = [...page.matchAll(/^\| (R\d+) /gm)].map(([, rule]) => rule);
  expect(rules).toEqual(Array.from({ length: 19 }, (_, i) => `R${i + 1}`));
});

it('each rule has a test that prints its figure', () => {
  const texts = filesUnder('test', '.test.ts').map(({ text }) => text);
  const rules = [...page.matchAll(/^\| (R\d+) /gm)].map(([, rule]) => rule);
  expect(rules.filter((rule) => !texts.some((text) => new RegExp(`\\bfigure\\(\\s*'${rule}'`).test(text)))).toEqual([]);
});
