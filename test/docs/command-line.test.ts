import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { call } from '../cli/recording-output.js';
import { ROOT } from '../house/source-files.js';

const page = readFileSync(join(ROOT, 'docs/command-line.md'), 'utf8');

it.each(['train', 'sample', 'export', 'explain', 'list', 'devices'])(
  'the page of the command line names every option of %s',
  async (command) => {
    const { status, lines } = await call(command, '--help');
    expect(status).toBe(0);
    const options = [...lines.join('\n').matchAll(/^ +(?:-\w, )?(--[a-z-]+)/gm)].map((match) => match[1] ?? '');
    expect(options).toContain('--json');
    expect(options.filter((option) => !new RegExp(`${option}(?![a-z-])`).test(page))).toEqual([]);
  },
);
