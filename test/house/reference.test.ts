import { expect, it } from 'vitest';
import { catalogue } from 'rxdiffusion';
import { nodePlugins } from 'rxdiffusion/node';
import { referencePages, stalePages } from '../../tools/reference.js';

it('docs/reference has every plugin, as its definition says (`npm run reference` writes the pages)', () => {
  const pages = referencePages();
  for (const { role, name, summary } of catalogue(nodePlugins).plugins)
    expect(pages.get(`${role.name}.md`)).toContain(`## ${name}\n\n${summary}\n`);
  expect(stalePages()).toEqual([]);
});
