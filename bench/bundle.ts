import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, type Rolldown } from 'vite';
import { rounded, type Benchmark, type Figure } from './figures.js';

type BuiltFile = Rolldown.OutputChunk | Rolldown.OutputAsset;

/** Pages, by what they do: the code that a bundler begins with. */
const PAGES: Readonly<Record<string, string>> = {
  'a pipeline on tfjs-wasm': `
    import { diffusion, standardPlugins } from 'rxdiffusion';
    globalThis.pipeline = diffusion({}, { plugins: standardPlugins });`,
  'text to image on onnxruntime-web': `
    import { standardPlugins } from 'rxdiffusion';
    import { loadPipeline, readUrl } from 'rxdiffusion/diffusers';
    import { onnxruntimeWeb } from 'rxdiffusion/onnxruntime-web';
    loadPipeline(readUrl(new URL('model/', location.href)), { plugins: [...standardPlugins, onnxruntimeWeb] }).subscribe();`,
};

/**
 * Sizes of the files that pages may download, raw and by gzip; with the word `packages`, from which packages their code is,
 * before it is minified: `npm run bench -- bundle`.
 */
export const bundle: Benchmark = async ([word]) => {
  const figures: Figure[] = [];
  for (const [page, code] of Object.entries(PAGES)) {
    const files = await builtFrom(code);
    figures.push(...(word === 'packages' ? packagesOf(page, files) : files.map((file) => sizeOf(page, file))));
  }
  return figures;
};

async function builtFrom(code: string): Promise<readonly BuiltFile[]> {
  const folder = await mkdtemp(join(tmpdir(), 'bundle-'));
  try {
    const entry = join(folder, 'page.js');
    await writeFile(entry, code);
    const alias = ['diffusers', 'onnxruntime-web', 'index'].map((name) => ({
      find: name === 'index' ? /^rxdiffusion$/ : `rxdiffusion/${name}`,
      replacement: resolve('src', `${name}.ts`),
    }));
    const built = await build({
      ...{ configFile: false, logLevel: 'silent', root: process.cwd(), worker: { format: 'es' } },
      resolve: { alias, conditions: ['source'] },
      build: { write: false, target: 'esnext', rollupOptions: { input: entry } },
    });
    return [built].flat().flatMap((one) => ('output' in one ? one.output : []));
  } finally {
    await rm(folder, { recursive: true });
  }
}

function sizeOf(page: string, file: BuiltFile): Figure {
  const bytes = Buffer.from(file.type === 'chunk' ? file.code : file.source);
  const name = file.fileName.replace(/^assets\//, '').replace(/-[\w-]{8}(\.\w+)$/, '$1');
  return { page, file: name, KB: kilobytes(bytes.length), 'KB by gzip': kilobytes(gzipSync(bytes).length) };
}

function packagesOf(page: string, files: readonly BuiltFile[]): readonly Figure[] {
  const sizes = new Map<string, number>();
  for (const file of files)
    for (const [path, { renderedLength }] of file.type === 'chunk' ? Object.entries(file.modules) : []) {
      const [, name = 'ours'] = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path) ?? [];
      sizes.set(name, (sizes.get(name) ?? 0) + renderedLength);
    }
  const largest = [...sizes].toSorted(([, a], [, b]) => b - a);
  return largest.map(([name, size]) => ({ page, package: name, 'KB, not minified': kilobytes(size) }));
}

const kilobytes = (bytes: number): number => rounded(bytes / 1e3, 0);
