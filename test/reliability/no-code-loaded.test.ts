import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { builtSource } from '../built-source.js';
import { figure } from '../figure.js';
import { filesUnder, withoutComments, type SourceFile } from '../house/source-files.js';

const PROGRAM = fileURLToPath(new URL('hostile-program.mjs', import.meta.url));

/** Loading whose argument is no fixed text: what decides it, and that it is no recipe, checkpoint, folder or config. */
const ALLOWED: Readonly<Record<string, string>> = {
  'src/cli/own-plugins.ts import(pathToFileURL(resolve(path)).href)': 'the word after `--plugins`',
  'src/pipelines/parallel/node/device-worker.ts import(url)': 'the option `plugins` of `workerDevices`',
  'src/pipelines/parallel/node/worker-devices.ts import(${file})': 'a file of this package, in a checkout',
  'src/pipelines/parallel/node/worker-devices.ts new Worker(code,': 'a file of this package, in a checkout',
  'src/plugins/engines/onnxruntime/runner/node-thread.ts import(${url})': 'a file of this package, in a checkout',
  'src/plugins/engines/onnxruntime/runner/node-thread.ts new Worker(entry,': 'a file of this package',
  'src/plugins/engines/tfjs-webgpu.ts import( name)': 'the package `webgpu`',
  "src/plugins/engines/tfjs-node.ts createRequire(join(dirname(folder), 'package.json'))(folder)":
    'an installed package, or the folder that the environment names',
  'src/plugins/engines/tfjs-node.ts createRequire(place).resolve': 'looks for an installed package, and loads nothing',
};

const FIXED =
  /^(import\(\s*'[^'$]+'\)|getBuiltinModule\('[^'$]+'\)|createRequire\(import\.meta\.url\)\('[^'$]+'\)|new Worker\(new URL\('\.\/[^'$]+', import\.meta\.url\),)$/;
const LOADING =
  /\b(?:import\s*\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)|new Worker\((?:new URL\([^)]*\)|\w+),|createRequire\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)(?:\.resolve|\([^)]*\))|(?<!\w)require\([^)]*\)|(?:new )?Function\([^)]*\)|eval\([^)]*\)|importScripts\([^)]*\)|runIn\w*Context\([^)]*\)|getBuiltinModule\([^)]*\)|process\.(?:dlopen|binding)\([^)]*\))/g;

/** Loading of code by a file whose argument is no fixed text. */
function loadingOf({ path, text }: SourceFile): string[] {
  const found = withoutComments(text).match(LOADING) ?? [];
  return found.filter((loading) => !FIXED.test(loading)).map((loading) => `${path} ${loading}`);
}

describe('what is read loads no code', () => {
  it('no file of src loads by an argument that a recipe, checkpoint, model folder or config can say', () => {
    const found = filesUnder('src', '.ts').flatMap(loadingOf);
    expect([...new Set(found)].toSorted()).toEqual(Object.keys(ALLOWED).toSorted());
  });

  it.each([
    ['await import(config.wasmPath)', true],
    ['await import(`./${name}.js`)', true],
    ["await import('sharp')", false],
    ['require(name)', true],
    ['new Function(text)', true],
    ['eval(text)', true],
    ['new Worker(path, {})', true],
    ["process.getBuiltinModule('fs')", false],
    ['process.getBuiltinModule(name)', true],
  ])('%s is found: %s', (text, isFound) => {
    expect(loadingOf({ path: 'a.ts', text })).toHaveLength(isFound ? 1 : 0);
  });

  it('no module is asked for while hostile recipes, checkpoints, model folders and scheduler configs are read', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rxd-hostile-'));
    const words = [
      '--disallow-code-generation-from-strings',
      PROGRAM,
      builtSource('node.ts'),
      builtSource('index.ts'),
      folder,
    ];
    const { stdout } = await promisify(execFile)(process.execPath, words);
    await rm(folder, { recursive: true });
    const counts = JSON.parse(stdout) as {
      readonly attempts: number;
      readonly refused: number;
      readonly untyped: readonly string[];
      readonly loaded: readonly string[];
      readonly works: boolean;
    };
    expect(counts).toMatchObject({ untyped: [], loaded: [], works: true });
    expect(counts.refused).toBeGreaterThan(counts.attempts / 2);
    figure(
      'R8',
      `${counts.attempts} hostile recipes, checkpoints, model folders and configs read, ${counts.refused} refused by type, ` +
        `${counts.loaded.length} modules loaded; ${Object.keys(ALLOWED).length} places of src load by a variable, none by a config`,
    );
  });
});
