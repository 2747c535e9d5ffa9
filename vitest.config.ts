import { existsSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

// The WebGPU of machines without a GPU: Debian's chromium brings a software driver.
const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json';
if (existsSync(SWIFTSHADER)) process.env['VK_ICD_FILENAMES'] ??= SWIFTSHADER;

/** Tests that start threads, processes or browsers, or replace what tfjs has registered: each file in a process
 * of its own. A thread that vitest ends in the middle of native work would take all others with it. */
const ALONE = [
  'examples/**/*.test.ts',
  'test/browser/**/*.test.ts',
  'test/cli/**/*.test.ts',
  'test/docs/**/*.test.ts',
  'test/examples/**/*.test.ts',
  'test/golden/unet2d.test.ts',
  'test/pipelines/parallel/worker-devices.test.ts',
  'test/plugins/engines/**/*.test.ts',
  'test/plugins/stores/folder-killed.test.ts',
  'test/reliability/ends.test.ts',
  'test/reliability/engines-agree.test.ts',
  'test/reliability/event-writes.test.ts',
  'test/reliability/killed.test.ts',
  'test/reliability/memory.test.ts',
  'test/reliability/no-code-loaded.test.ts',
  'test/reliability/numbers.test.ts',
];

export default defineConfig({
  resolve: { conditions: ['source'], tsconfigPaths: true },
  ssr: { resolve: { conditions: ['source'] } },
  test: {
    pool: 'threads',
    maxWorkers: 2,
    testTimeout: 60_000,
    setupFiles: ['test/setup.ts'],
    reporters: ['default', './tools/closing-line-reporter.ts'],
    projects: [
      // Files share the modules of their thread: tfjs is loaded twice, not a hundred times.
      { extends: true, test: { name: 'unit', isolate: false, include: ['test/**/*.test.ts'], exclude: ALONE } },
      { extends: true, test: { name: 'alone', pool: 'forks', include: ALONE, globalSetup: ['test/built-source.ts'] } },
    ],
  },
});
