import { existsSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

// The WebGPU of machines without a GPU: Debian's chromium brings a software driver.
const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json';
if (existsSync(SWIFTSHADER)) process.env['VK_ICD_FILENAMES'] ??= SWIFTSHADER;

export default defineConfig({
  resolve: { conditions: ['source'], tsconfigPaths: true },
  ssr: { resolve: { conditions: ['source'] } },
  test: {
    include: ['test/**/*.test.ts', 'examples/**/*.test.ts'],
    pool: 'threads',
    maxWorkers: 2,
    testTimeout: 60_000,
    setupFiles: ['test/setup.ts'],
    reporters: ['default', './tools/closing-line-reporter.ts'],
  },
});
