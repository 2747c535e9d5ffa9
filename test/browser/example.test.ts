import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { full } from '../effort.js';
import { ROOT } from '../house/source-files.js';
import { GOLDEN, modelFiles } from './golden-pipeline.js';
import { chromium, servedPage, type ServedPage } from './served-page.js';

const MINUTES = 60_000;
const SOURCES = join(ROOT, 'examples', 'text-to-image-page');

it('the example of a page has less than 60 lines', () => {
  expect(readFileSync(join(SOURCES, 'page.ts'), 'utf8').split('\n').length).toBeLessThan(60);
});

/** All words that the page says from now on, and the pictures that it shows. */
async function watched(page: Page): Promise<{ words: () => Promise<string[]>; pictures: () => Promise<string[]> }> {
  await page.evaluate(`{
    globalThis.words = [];
    globalThis.pictures = [];
    new MutationObserver(() => words.push(document.querySelector('output').value))
      .observe(document.querySelector('output'), { childList: true });
    new MutationObserver(() => pictures.push(document.querySelector('img').src))
      .observe(document.querySelector('img'), { attributes: true });
  }`);
  return {
    words: () => page.evaluate('words.splice(0)') as Promise<string[]>,
    pictures: () => page.evaluate('pictures.splice(0)') as Promise<string[]>,
  };
}

const press = (page: Page, name: string): Promise<void> => page.getByRole('button', { name, exact: true }).click();
const says = (page: Page, words: string | RegExp): Promise<void> =>
  page.locator('output', { hasText: words }).waitFor({ timeout: MINUTES / 2 });

describe.skipIf(chromium === undefined || !full)(
  'the example of a page in headless Chromium, from the packed package (skipped where there is none)',
  () => {
    let served: ServedPage | undefined;
    beforeAll(async () => {
      served = await servedPage(SOURCES, join(ROOT, 'out', 'browser-example'));
    }, 5 * MINUTES);
    afterAll(() => served?.close());

    it(
      'opens an address, makes pictures step by step and is cancelled',
      async () => {
        const page = await (served as ServedPage).open(modelFiles());
        const { words, pictures } = await watched(page);
        await page.getByLabel('Steps').fill('4');
        await press(page, 'Open');
        await says(page, /^pipeline$/);
        const loading = await words();
        expect(loading.length).toBeGreaterThan(10);
        expect(loading.at(-2)).toMatch(/^bytes (\d+) of \1$/);
        await page.getByLabel('Prompt').fill('a watercolor painting of a red fox');
        await press(page, 'Make');
        await says(page, /^end$/);
        expect(await words()).toEqual(['start', 'step 1 of 4', 'step 2 of 4', 'step 3 of 4', 'step 4 of 4', 'end']);
        expect(new Set(await pictures()).size).toBe(6);
        expect(await page.evaluate("document.querySelector('img').naturalWidth")).toBe(16);
        mkdirSync(join(ROOT, 'out'), { recursive: true });
        await page.screenshot({ path: join(ROOT, 'out', 'text-to-image-page.png') });

        await page.getByLabel('Steps').fill('30');
        await press(page, 'Open');
        await says(page, /^pipeline$/);
        await press(page, 'Make');
        await says(page, /^step \d+ of 30$/);
        await press(page, 'Cancel');
        await says(page, 'cancelled');
        await page.waitForTimeout(500);
        const last = await words();
        expect(last.at(-1)).toBe('cancelled');
        expect(last).not.toContain('step 30 of 30');
        await press(page, 'Make');
        await says(page, /^end$/);
      },
      3 * MINUTES,
    );

    it(
      'opens a folder of the disk, and says what is wrong with another',
      async () => {
        const page = await (served as ServedPage).open({});
        await press(page, 'Open');
        await says(page, /RXD_STORE_READ.*model_index\.json/);
        await page.getByLabel('Folder').setInputFiles(join(ROOT, GOLDEN));
        await page.getByLabel('Steps').fill('2');
        await press(page, 'Open');
        await says(page, /^pipeline$/);
        await press(page, 'Make');
        await says(page, /^end$/);
        expect(await page.locator('img').getAttribute('src')).toMatch(/^blob:/);
      },
      2 * MINUTES,
    );
  },
);
