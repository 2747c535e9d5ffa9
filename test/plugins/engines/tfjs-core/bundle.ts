import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build } from 'vite';

/** Where the suite's jasmine stands: jasmine_util asks this file for it. */
const JASMINE = 'jasmine-core/lib/jasmine-core/jasmine.js';
const ENTRY = 'tfjs-core-suite';

const MODULES: Readonly<Record<string, string>> = {
  [ENTRY]: `
    import 'tfjs-core-environment';
    import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js';
    import '@tensorflow/tfjs-core/dist/tests.js';`,
  // Of its own, since tests register themselves as they are imported, for the environments known by then.
  'tfjs-core-environment': `
    import '@tensorflow/tfjs-core/dist/index.js';
    import { setTestEnvs } from '@tensorflow/tfjs-core/dist/jasmine_util.js';
    setTestEnvs(globalThis.tfjsCoreEnvironments);`,
  [JASMINE]: 'export const core = () => ({});',
};

/**
 * tfjs-core's own tests, read from its npm package, as one CommonJS file in `folder`. The file has a copy of tfjs-core's
 * code, but not of its state: engine, kernels, gradients and flags are global in a process, shared with the copy that
 * the engines import.
 */
export async function bundleSuite(folder: string): Promise<string> {
  await build({
    configFile: false,
    logLevel: 'silent',
    plugins: [
      {
        name: 'suite',
        enforce: 'pre',
        resolveId: (source: string) => (source in MODULES ? `\0${source}` : undefined),
        load: (id: string) => MODULES[id.slice(1)],
      },
    ],
    ssr: { noExternal: true },
    build: {
      ssr: true,
      minify: false,
      emptyOutDir: false,
      outDir: folder,
      target: 'node20',
      // The package says that its tests have no side effects, and without them there would be none.
      rolldownOptions: { input: ENTRY, treeshake: false, output: { format: 'cjs', entryFileNames: 'suite.cjs' } },
    },
  });
  return join(folder, 'suite.cjs');
}

/** Loads the bundle past vitest, which would transform its megabytes. */
export function loadSuite(file: string): void {
  createRequire(import.meta.url)(file);
}
