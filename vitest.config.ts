import { existsSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import { builtThreads } from './test/built-source.js';
import { full } from './test/effort.js';
import LongFirstSequencer from './tools/long-first-sequencer.js';

// The WebGPU of machines without a GPU: Debian's chromium brings a software driver.
const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json';
if (existsSync(SWIFTSHADER)) process.env['VK_ICD_FILENAMES'] ??= SWIFTSHADER;

/** Tests that replace a module or what tfjs has registered, or that it registers for good: each file in a process of its own. */
const ALONE = [
  'test/plugins/engines/onnxruntime/states.test.ts',
  'test/plugins/engines/tfjs-node.test.ts',
  // What `npm test` runs of these replaces nothing.
  ...(full ? ['test/plugins/engines/tfjs-core/*.test.ts', 'test/plugins/engines/tfjs-webgpu.test.ts'] : []),
  // At full size it starts the WebGPU of tfjs, which stays registered for good.
  ...(full ? ['test/reliability/engines-agree.test.ts'] : []),
];

const sources = {
  plugins: [builtThreads()],
  resolve: { conditions: ['source'], tsconfigPaths: true },
  ssr: { resolve: { conditions: ['source'] } },
};
const common = { testTimeout: 60_000, hookTimeout: 60_000, setupFiles: ['test/setup.ts'] };

export default defineConfig({
  test: {
    // Not threads: to end a thread in the middle of native work ends the process.
    pool: 'forks',
    maxWorkers: 2,
    globalSetup: ['test/built-source.ts'],
    sequence: { sequencer: LongFirstSequencer },
    reporters: ['default', './tools/closing-line-reporter.ts'],
    projects: [
      { ...sources, test: { ...common, name: 'alone', include: ALONE } },
      // Files share the modules of their process: tfjs and ours are loaded twice, not a hundred times.
      {
        ...sources,
        test: { ...common, name: 'together', isolate: false, include: ['test/**/*.test.ts'], exclude: ALONE },
      },
    ],
  },
});
