import { expect, it } from 'vitest';
import { catalogue } from 'rxdiffusion';
import { nodePlugins } from 'rxdiffusion/node';
import { filesUnder } from './source-files.js';
import { referencePages, stalePages } from '../../tools/reference.js';

it('docs/reference has every plugin, as its definition says (`npm run reference` writes the pages)', () => {
  const pages = referencePages();
  for (const { role, name, summary } of catalogue(nodePlugins).plugins)
    expect(pages.get(`${role.name}.md`)).toContain(`## ${name}\n\n${summary}\n`);
  expect(stalePages()).toEqual([]);
});

/** The doc comment before each definition of a plugin. */
const COMMENTED = /\/\*\*((?:(?!\*\/)[^])*)\*\/\s*export const (\w+) = definePlugin\(/g;

it('every built-in plugin has a doc comment of three to eight lines: what it is, its source, when to choose it', () => {
  const comments = filesUnder('src/plugins', '.ts').flatMap(({ path, text }) =>
    [...text.matchAll(COMMENTED)].map(([, comment = '', name]) => ({ place: `${path} ${name}`, comment })),
  );
  expect(comments.length).toBeGreaterThan(100);
  const wrong = comments.filter(({ comment }) => {
    const lines = comment.split('\n').filter((line) => /[^\s*]/.test(line));
    return (
      lines.length < 3 ||
      lines.length > 8 ||
      !/When:/.test(comment) ||
      !/Source:|[12]\d{3}|k-diffusion|ComfyUI/.test(comment)
    );
  });
  expect(wrong.map(({ place }) => place)).toEqual([]);
});
