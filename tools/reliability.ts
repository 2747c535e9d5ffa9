import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Reporter, Vitest } from 'vitest/node';
import { startVitest } from 'vitest/node';
import { withFigures, type Figure } from './reliability-page.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PAGE = join(ROOT, 'docs', 'reliability.md');

await main();

/** Runs every test that prints a figure, at its full size, and writes what they printed into `docs/reliability.md`. */
async function main(): Promise<void> {
  process.env['RXD_TESTS'] = 'full';
  const figures: Figure[] = [];
  // Tests print before `startVitest` gives it.
  let running: Vitest | undefined;
  const collect: Reporter = {
    onInit: (vitest) => void (running = vitest),
    onUserConsoleLog: ({ content, taskId }) => {
      const file = running?.state.idMap.get(taskId ?? '')?.file.filepath;
      for (const [, rule = '', counted = ''] of content.matchAll(/^(R\d+): (.*)$/gm))
        figures.push({ rule, counted, test: relative(ROOT, file ?? '') });
    },
  };
  const vitest = await startVitest('test', printing(), { watch: false, reporters: ['default', collect] });
  await vitest.close();
  if (process.exitCode) return console.error('a test failed: the page is as it was');
  writeFileSync(PAGE, withFigures(readFileSync(PAGE, 'utf8'), figures));
}

/** Files of tests that print figures. */
function printing(): string[] {
  return readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => join('test', file))
    .filter((file) => /\bfigure\(\s*'R\d+'/.test(readFileSync(join(ROOT, file), 'utf8')));
}
