import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { full } from '../effort.js';
import { ROOT } from './source-files.js';

/** The part of dependency-cruiser's report that is read here. */
interface Report {
  readonly summary: { readonly violations: readonly { readonly rule: { readonly name: string } }[] };
}

/** A small house that breaks every rule of .dependency-cruiser.cjs at least once. */
const BROKEN_HOUSE: Readonly<Record<string, string>> = {
  'src/index.ts': "import './core/a.js';",
  'src/node.ts': 'export {};',
  'src/testing.ts': 'export {};',
  'src/core/a.ts': "import 'node:fs'; import './b.js'; import '../plugins/grids/grid.js';",
  'src/core/b.ts': "import './a.js'; import 'inversify'; import 'rxjs'; import './absent.js';",
  'src/core/contracts/c.ts': "import '../b.js';",
  'src/plugins/grids/grid.ts': "import '../samplers/sampler.js';",
  'src/plugins/samplers/sampler.ts': "import '@tensorflow/tfjs'; import '@tensorflow/tfjs-core'; import 'vitest';",
  'src/pipelines/train.ts': "import './presets/preset.js'; import '../cli/main.js';",
  'src/pipelines/presets/preset.ts': "import '../../index.js';",
  'src/pipelines/sample.ts': "import '../testing/law.js';",
  'src/testing/law.ts': "import '../plugins/grids/grid.js';",
  'src/cli/main.ts': "import '../core/a.js';",
  'examples/example.ts': "import '../src/core/a.js'; import 'rxdiffusion';",
};

/** The same rooms, with the imports that the rules allow. */
const GOOD_HOUSE: Readonly<Record<string, string>> = {
  'src/index.ts': "import './pipelines/presets/preset.js';",
  'src/node.ts': "import './core/a.js'; import 'node:fs';",
  'src/testing.ts': "import './testing/law.js';",
  'src/testing/law.ts': "import 'rxjs'; import '../core/a.js'; import '../pipelines/train.js';",
  'src/core/a.ts': "import '@tensorflow/tfjs'; import 'zod';",
  'src/core/assembly/container.ts': "import 'inversify';",
  'src/core/loop/loop.ts': "import 'rxjs'; import '../a.js';",
  'src/plugins/grids/grid.ts': "import './other.js'; import '../../core/a.js';",
  'src/plugins/grids/other.ts': 'export {};',
  'src/pipelines/train.ts': "import 'rxjs'; import '../core/loop/loop.js';",
  'src/pipelines/presets/preset.ts': "import '../train.js'; import '../../plugins/grids/grid.js';",
  'src/cli/main.ts': "import '../index.js'; import '../node.js'; import 'commander';",
  'examples/example.ts': "import 'rxdiffusion'; import 'rxdiffusion/node'; import 'rxjs';",
};

const folder = mkdtempSync(join(tmpdir(), 'house-'));
const require = createRequire(import.meta.url);

beforeAll(() => symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('every import rule catches what it forbids', () => {
  const { forbidden } = require(join(ROOT, '.dependency-cruiser.cjs')) as { forbidden: { name: string }[] };
  expect(brokenRules('broken', BROKEN_HOUSE)).toEqual(forbidden.map((rule) => rule.name).toSorted());
});

// `npm run lint:imports` says so of the house itself.
it.runIf(full)('allowed imports break none', () => {
  expect(brokenRules('good', GOOD_HOUSE)).toEqual([]);
});

function brokenRules(name: string, files: Readonly<Record<string, string>>): string[] {
  const house = join(folder, name);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(house, path)), { recursive: true });
    writeFileSync(join(house, path), text);
  }
  for (const file of ['package.json', 'tsconfig.json', '.dependency-cruiser.cjs'])
    copyFileSync(join(ROOT, file), join(house, file));
  const binary = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const args = [binary, '--config', '.dependency-cruiser.cjs', '--output-type', 'json', 'src', 'examples'];
  const { stdout } = spawnSync(process.execPath, args, { cwd: house, encoding: 'utf8', maxBuffer: 2 ** 27 });
  const report = JSON.parse(stdout) as Report;
  return [...new Set(report.summary.violations.map((violation) => violation.rule.name))].toSorted();
}
