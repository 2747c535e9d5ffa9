import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';
import { ROOT } from './house/source-files.js';

/** Where `src` lies as JavaScript. */
export const BUILT_FOLDER = join(ROOT, 'node_modules', '.cache', 'rxdiffusion-tests');

/** A file of `src` as JavaScript, for processes that tests start: Node runs it without a loader. */
export const builtSource = (file: string): string => join(BUILT_FOLDER, file.replace(/\.ts$/, '.js'));

/** Turns `src` into JavaScript, file by file, before the first test. */
export async function setup(): Promise<void> {
  const files = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' });
  const input = files.filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'));
  await build({
    configFile: false,
    root: ROOT,
    logLevel: 'warn',
    build: {
      ssr: true,
      target: 'es2022',
      outDir: BUILT_FOLDER,
      emptyOutDir: true,
      minify: false,
      rollupOptions: {
        input: input.map((file) => join(ROOT, 'src', file)),
        external: (id) => /^[a-z@]/i.test(id) && !id.startsWith('@oxc-project/') && !id.startsWith('src/'),
        output: { preserveModules: true, preserveModulesRoot: 'src', entryFileNames: '[name].js', format: 'esm' },
        treeshake: false,
      },
    },
  });
}
