import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { filesUnder, ROOT } from '../house/source-files.js';
import type { Served } from './served-page.js';

/** The folder of a tiny pipeline, prompt to pixels. */
export const GOLDEN = 'test/golden/pipelines/lcm';

/** Its files, below `model/` of the page. */
export function modelFiles(): Served {
  const paths = filesUnder(GOLDEN, '').map(({ path }) => path);
  return Object.fromEntries(
    paths.map((path) => [`/model${path.slice(GOLDEN.length)}`, readFileSync(join(ROOT, path))]),
  );
}
