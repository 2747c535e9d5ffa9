import { builtinModules } from 'node:module';
import { describe, expect, it } from 'vitest';
import { build } from 'vite';
import { ENTRIES } from '../built-source.js';
import { full } from '../effort.js';
import { ROOT } from '../house/source-files.js';

/** Modules of Node that a bundle for browsers of one door would need, as our own files import them. */
async function nodeModulesOf(entry: string, asked: string[] = []): Promise<readonly string[]> {
  const found: string[] = [];
  const watch = {
    name: 'watch',
    enforce: 'pre' as const,
    resolveId(source: string, importer: string | undefined) {
      asked.push(source);
      // Files of many megabytes, which the page of the next test bundles.
      if (source.startsWith('onnxruntime-web/')) return { id: source, external: true };
      const isNodes = source.startsWith('node:') || builtinModules.includes(source);
      if (isNodes && importer?.startsWith(`${ROOT}/src/`)) found.push(source);
      return undefined;
    },
  };
  await build({
    configFile: false,
    logLevel: 'silent',
    plugins: [watch],
    resolve: { conditions: ['source'] },
    worker: { format: 'es', plugins: () => [watch] },
    build: { write: false, minify: false, lib: { entry, formats: ['es'], fileName: 'bundle' } },
  });
  return found;
}

describe('the entry points that browsers load', () => {
  const others = full
    ? ENTRIES.filter((entry) => !['index', 'node'].includes(entry)).map((entry) => `src/${entry}.ts`)
    : [];
  it.each(['src/index.ts', ...others])('%s needs no module of Node', async (entry) => {
    expect(await nodeModulesOf(entry)).toEqual([]);
  });

  it('a file that does is found out', async () => {
    expect(await nodeModulesOf('src/plugins/stores/folder.ts')).toContain('node:fs/promises');
  });

  it('a worker is looked into too', async () => {
    const asked: string[] = [];
    await nodeModulesOf('src/onnxruntime-web.ts', asked);
    expect(asked).toEqual(expect.arrayContaining(['onnxruntime-web/wasm', 'onnxruntime-web/webgpu']));
    expect(asked.filter((name) => name.includes('onnxruntime-node'))).toEqual([]);
  });
});
