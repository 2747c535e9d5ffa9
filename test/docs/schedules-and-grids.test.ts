import { describe, expect, it } from 'vitest';
import { Roles, type Role } from 'rxdiffusion';
import { filesUnder } from '../house/source-files.js';
import { pluginsOf } from '../plugins/plugins-of.js';

const page = filesUnder('docs', '.md').find(({ path }) => path.endsWith('schedules-and-grids.md'))?.text ?? '';

/** First cells of the table under a heading. */
function tableOf(heading: string): readonly string[] {
  const section = page.split('\n## ').find((part) => part.startsWith(`${heading}\n`)) ?? '';
  return [...section.matchAll(/^\| `([^`]+)`/gm)].map((row) => row[1] ?? '');
}

const tables: readonly (readonly [string, Role<unknown>])[] = [
  ['Schedules', Roles.schedule],
  ['Grids', Roles.grid],
  ['Noise', Roles.noise],
];

describe('the page of schedules, grids and noise', () => {
  it.each(tables)('lists every one of its %s, and no other', (heading, role) => {
    expect(tableOf(heading).toSorted()).toEqual(
      pluginsOf(role)
        .map(([name]) => name)
        .toSorted(),
    );
  });
});
