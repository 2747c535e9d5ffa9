import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { saveWeightsFile } from '../../src/core/files/weights-files.js';
import type { StorageType } from '../../src/core/storage/written-numbers.js';
import type { ReadableTensor } from '../../src/core/tensors/plain-tensor.js';
import { builtSource } from '../built-source.js';
import { full, times } from '../effort.js';

const run = promisify(execFile);
const program = fileURLToPath(new URL('loading-program.mjs', import.meta.url));
const MEGABYTES = times(32, 512);
const NUMBERS = (MEGABYTES * 2 ** 20) / 4;

/** One large tensor that lies otherwise in memory, one that does not, and many small ones. */
const shapes: Readonly<Record<string, readonly number[]>> = {
  large: [1024, NUMBERS / 4 / 1024],
  flat: [NUMBERS / 4],
  ...Object.fromEntries(Array.from({ length: 32 }, (_, i) => [`small-${i}`, [NUMBERS / 64]])),
};

/** Made when it is read: the file is larger than what is in memory. */
function counting(shape: readonly number[]): ReadableTensor {
  const read = async () => {
    const data = new Float32Array(shape.reduce((product, side) => product * side, 1));
    for (let i = 0; i < data.length; i++) data[i] = (i % 1000) / 8;
    return { dtype: 'float32', shape, data } as const;
  };
  return { dtype: 'float32', shape, read };
}

/** Megabytes at the peak of loading, above those before. */
async function loaded(path: string, engine: string): Promise<number> {
  const words = [builtSource('index.ts'), builtSource('node.ts'), path, engine, JSON.stringify(shapes)];
  const { stdout } = await run(process.execPath, ['--expose-gc', program, ...words]);
  const { peak, first } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { peak: number; first: number[] };
  expect(first).toEqual([0, 0.125, 0.25, 0.375]);
  return peak;
}

const types: readonly StorageType[] = full ? ['float32', 'float16', 'bfloat16'] : ['float16'];
const engines = full ? ['tfjs-cpu', 'onnxruntime', 'tfjs-wasm'] : ['tfjs-cpu'];

it.each(types)(
  'weights of %s are loaded into no more memory than theirs and 64 MB',
  async (dtype) => {
    const folder = await mkdtemp(join(tmpdir(), 'loading-'));
    try {
      const path = join(folder, 'weights.safetensors');
      const tensors = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, counting(shape)]));
      await saveWeightsFile(path, { step: 1, recipe: { format: 1, plugins: {} }, tensors }, { dtype });
      const size = ((await stat(path)).size / 2 ** 20).toFixed(0);
      for (const engine of engines) {
        const above = (await loaded(path, engine)) - MEGABYTES;
        const what = `${MEGABYTES} MB of parameters from ${size} MB of ${dtype}`;
        console.log(`loading: ${what} on ${engine}: ${above.toFixed(0)} MB above them at the peak`);
        // Its memory grows in steps of its own.
        expect(above).toBeLessThan(engine === 'tfjs-wasm' ? 128 : 64);
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  },
  300_000,
);

it.runIf(full).each(['tfjs-cpu', 'onnxruntime'])(
  'a run goes on in no more memory than its state and 64 MB, in npm run check: %s',
  async (engine) => {
    const folder = await mkdtemp(join(tmpdir(), 'resuming-'));
    const resuming = fileURLToPath(new URL('resuming-program.mjs', import.meta.url));
    const words = ['--expose-gc', resuming, builtSource('index.ts'), builtSource('node.ts'), folder, engine, '1024'];
    try {
      await run(process.execPath, [...words, 'train']);
      const { stdout } = await run(process.execPath, [...words, 'resume']);
      const { peak, megabytes } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as {
        peak: number;
        megabytes: number;
      };
      const above = (peak - megabytes).toFixed(0);
      console.log(`resuming: a state of ${megabytes.toFixed(0)} MB on ${engine}: ${above} MB above it at the peak`);
      expect(peak - megabytes).toBeLessThan(64);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
  300_000,
);
