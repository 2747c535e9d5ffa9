import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Plugin } from 'vite';
import { filesUnder, ROOT } from './house/source-files.js';

/** Where `src` lies as JavaScript, for processes and threads that tests start. */
const BUILT_FOLDER = join(ROOT, 'node_modules', '.cache', 'rxdiffusion-tests');

/** The entry points of the package. */
export const ENTRIES = [
  'index',
  'plugin',
  'images',
  'diffusers',
  'node',
  'testing',
  'webgpu',
  'onnxruntime-web',
] as const;

/** Files that processes and threads begin with. */
const BEGINNINGS = [
  ...ENTRIES.map((entry) => `src/${entry}.ts`),
  'src/cli/main.ts',
  'src/plugins/stores/folder.ts',
  ...filesUnder('src', 'worker.ts').map(({ path }) => path),
  'src/plugins/engines/onnxruntime/node/process.ts',
  'test/pipelines/parallel/worker-plugins.ts',
  'test/reliability/number-walk.ts',
  'test/plugins/stores/overwriting.ts',
  'test/plugins/stores/saving.ts',
];

/** Files that start a thread from a file beside them. */
const STARTING = [
  'src/pipelines/parallel/node/worker-devices.ts',
  'src/plugins/engines/onnxruntime/runner/node-thread.ts',
];

/** Packages that find files of their own, or native code. */
const NATIVE = /^(node:|sharp$|webgpu$|onnxruntime-|fs-native-extensions$|@tensorflow\/tfjs-(node|backend-webgpu))/;

const PACKAGES = /^[a-z@](?!:)(?!oxc-project)/i;

/** A file that processes and threads begin with, as JavaScript: Node runs it without a loader. */
export const built = (file: string, folder = BUILT_FOLDER): string => join(folder, file.replace(/\.ts$/, '.js'));

/** The same of a file of `src`. */
export const builtSource = (file: string): string => built(join('src', file));

/** Tests start the threads that were built: JavaScript, as in the published package. */
export function builtThreads(folder = BUILT_FOLDER): Plugin {
  const files = new Map(STARTING.map((file) => [join(ROOT, file), pathToFileURL(built(file, folder)).href]));
  return {
    name: 'built-threads',
    transform(code, id) {
      const url = files.get(id);
      return url === undefined
        ? undefined
        : { code: code.replaceAll('import.meta.url', JSON.stringify(url)), map: null };
    },
  };
}

/** Before the first test. What Node has to find, read and compile is little then: a process starts in a third of the time. */
export const setup = (): Promise<void> => buildSource(BUILT_FOLDER, NATIVE);

/** Turns `src` into JavaScript whose packages are those that a reader of the guides would import too. */
export const buildBesidePackages = (folder: string): Promise<void> => buildSource(folder, PACKAGES);

async function buildSource(folder: string, external: RegExp): Promise<void> {
  await build({
    configFile: false,
    root: ROOT,
    logLevel: 'warn',
    plugins: [builtThreads(folder)],
    resolve: { conditions: ['source'] },
    // By this tfjs-backend-wasm finds its files.
    define: { __dirname: JSON.stringify(join(ROOT, 'node_modules/@tensorflow/tfjs-backend-wasm/dist')) },
    ssr: { noExternal: true, resolve: { conditions: ['source'] } },
    build: {
      ssr: true,
      target: 'es2022',
      outDir: folder,
      emptyOutDir: false,
      minify: false,
      rollupOptions: {
        input: Object.fromEntries(BEGINNINGS.map((file) => [file.replace(/\.ts$/, ''), join(ROOT, file)])),
        external,
        output: { entryFileNames: '[name].js', chunkFileNames: 'shared/[name].js', format: 'esm' },
      },
    },
  });
}
