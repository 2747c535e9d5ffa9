import { mkdtemp, open, rm, writeFile, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ParameterSpec, ParameterSpecs } from '../../src/core/networks/parameter-specs.js';
import { headerBytes, layout } from '../../src/core/storage/safetensors-layout.js';
import { writtenNumbers, type WrittenFormat } from '../../src/core/storage/written-numbers.js';
import { arrangedShape } from '../../src/core/tensors/arranged.js';
import { orderOnDisk } from '../../src/core/tensors/parameters.js';

/** Numbers that are drawn once and used again and again: no speed depends on their values. */
const DRAWN = 2 ** 16;

/** A folder as diffusers and transformers save a model: its config, and weights in float32 and in float16. */
export interface ModelFolder extends AsyncDisposable {
  readonly path: string;
}

/**
 * Writes random weights of a model to a temporary folder, which goes with `using`. A tensor at a time: a file of gigabytes
 * takes some megabytes of memory.
 *
 * @param stem - name of the files: `stem.safetensors`, `stem.fp16.safetensors`
 */
export async function randomFolder(config: object, specs: ParameterSpecs, stem: string): Promise<ModelFolder> {
  const path = await mkdtemp(join(tmpdir(), 'rxdiffusion-bench-'));
  const remove = (): Promise<void> => rm(path, { recursive: true });
  try {
    await writeFile(join(path, 'config.json'), JSON.stringify(config));
    for (const [suffix, dtype] of [['', 'float32'] as const, ['.fp16', 'float16'] as const])
      await written(join(path, `${stem}${suffix}.safetensors`), specs, dtype);
  } catch (error) {
    await remove();
    throw error;
  }
  return { path, [Symbol.asyncDispose]: remove };
}

async function written(path: string, specs: ParameterSpecs, dtype: 'float32' | 'float16'): Promise<void> {
  const shapes = Object.entries(specs).map(([name, { shape, layout: one }]) => {
    const onDisk = arrangedShape(
      shape,
      orderOnDisk(() => one, name),
    );
    return [name, { dtype: 'float32', shape: onDisk }] as const;
  });
  const entries = layout(Object.fromEntries(shapes), dtype);
  const file = await open(path, 'w');
  try {
    await file.write(headerBytes(entries, { format: 'pt' }));
    for (const { name, dtype: format, shape } of entries)
      await writeTensor(file, format as WrittenFormat, numbersFor(specs[name] as ParameterSpec), shape);
  } finally {
    await file.close();
  }
}

async function writeTensor(file: FileHandle, format: WrittenFormat, numbers: Float32Array, shape: readonly number[]) {
  const bytes = writtenNumbers(format, numbers, 'random weights');
  let left = (shape.reduce((product, side) => product * side, 1) * bytes.length) / numbers.length;
  for (; left > 0; left -= bytes.length) await file.write(bytes.subarray(0, Math.min(left, bytes.length)));
}

const uniform = Float32Array.from({ length: DRAWN }, () => 2 * Math.random() - 1);

/** As a network begins: within 1 / sqrt(fan in), norms 1. */
function numbersFor({ kind, fanIn }: ParameterSpec): Float32Array {
  if (kind === 'norm-scale') return new Float32Array(DRAWN).fill(1);
  const bound = kind === 'embedding' ? 0.02 : 1 / Math.sqrt(fanIn);
  return uniform.map((value) => bound * value);
}
