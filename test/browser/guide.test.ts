import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allBlocks, isForPages } from '../docs/code-blocks.js';
import { full } from '../effort.js';
import { ROOT } from '../house/source-files.js';
import { chromium, servedPage, type ServedPage } from './served-page.js';
import { trainedDigits } from './trained.js';

const MINUTES = 60_000;
const SOURCES = join(ROOT, 'out', 'browser-guide');

/** Sends what the page said and drew, once it has shown its samples twice: the button is pressed in the middle of a run. */
const PROBE = `<script type="module">
  const output = document.querySelector('output');
  const said = [];
  const answer = () => {
    const canvas = document.querySelector('canvas');
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    const body = JSON.stringify({ said, width: canvas.width, shades: new Set(data).size });
    void fetch('/answer', { method: 'POST', body });
  };
  new MutationObserver(() => {
    said.push(output.value);
    if (output.value.startsWith('step 4 ') && said.length < 8) document.querySelector('button').click();
    if (output.value === 'end' || output.value.includes('RXD_')) answer();
  }).observe(output, { childList: true });
</script>`;

describe.skipIf(chromium === undefined || !full)(
  'the page of docs/browser.md in headless Chromium, in npm run check (skipped where there is none)',
  () => {
    let page: ServedPage | undefined;
    beforeAll(async () => {
      saveGuide();
      page = await servedPage(SOURCES, join(ROOT, 'out', 'browser-guide-page'));
    }, 5 * MINUTES);
    afterAll(async () => {
      await page?.close();
      rmSync(SOURCES, { recursive: true, force: true });
    });

    it(
      'draws samples of the weights that it downloads, and a click begins again',
      async () => {
        const { weights } = await trainedDigits(20);
        const answer = await page?.answer({ '/weights.safetensors': weights });
        const { said, width, shades } = answer as { said: string[]; width: number; shades: number };
        const steps = Array.from({ length: 20 }, (_, i) => `step ${i + 1} of 20`);
        expect(said.filter((word) => word === 'start')).toHaveLength(2);
        // The first run was cancelled: nothing of it comes after the second start.
        expect(said.slice(said.lastIndexOf('start'))).toEqual(['start', ...steps, 'end']);
        expect(width).toBe(5 * 9 + 1);
        expect(shades).toBeGreaterThan(20);
      },
      2 * MINUTES,
    );
  },
);

/** Saves the files of the guide as a reader would. */
function saveGuide(): void {
  const guide = readFileSync(join(ROOT, 'docs', 'browser.md'), 'utf8');
  const fenced = (language: string): string => new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(guide)?.[1] ?? '';
  mkdirSync(SOURCES, { recursive: true });
  for (const { file, code } of allBlocks().filter(isForPages))
    writeFileSync(join(SOURCES, file.replace(/^browser\//, '')), code);
  writeFileSync(join(SOURCES, 'vite.config.js'), fenced('js'));
  writeFileSync(join(SOURCES, 'index.html'), `${fenced('html')}${PROBE}`);
}
