import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT, withoutComments } from '../house/source-files.js';

const page = readFileSync(join(ROOT, 'docs/events.md'), 'utf8');

it.each(['sample-events.ts', 'train-events.ts'])('docs/events.md names every event and field of %s', (file) => {
  const code = withoutComments(readFileSync(join(ROOT, 'src/core/loop', file), 'utf8'));
  const events = [...code.matchAll(/export interface (\w+)/g)].map((match) => match[1] ?? '');
  const fields = [...code.matchAll(/readonly (\w+)\??:/g)].map((match) => match[1] ?? '');
  expect(events.length).toBeGreaterThan(2);
  expect([...events, ...fields].filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});
