import { stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { DiffusionError, type StorageType } from '../../index.js';
import { openWeightsFile, saveWeightsFile } from '../../node.js';
import type { Output } from '../output.js';

/** Options of `rxdiffusion export`. */
export interface ExportOptions {
  readonly out?: string;
  readonly dtype: StorageType;
  readonly json?: boolean;
}

/** `rxdiffusion export CHECKPOINT`: writes its weights (the averaged ones where it has an average) to a file of their own. */
export async function exportCommand(path: string, { out, dtype, json }: ExportOptions, output: Output): Promise<void> {
  await using weights = await openWeightsFile(path);
  const file = out ?? join(dirname(path), weightsName(basename(path)));
  if (resolve(file) === resolve(path)) throw overItself(path);
  await saveWeightsFile(file, weights, { dtype });
  const { size } = await stat(file);
  if (json) output.line(JSON.stringify({ kind: 'export', file, bytes: size, dtype, step: weights.step }));
  else output.line(`${file}: ${size} bytes, ${dtype}, of update ${weights.step}`);
}

/** `checkpoint-00002000.safetensors` → `weights-00002000.safetensors`, beside it. */
const weightsName = (name: string): string => `weights-${name.replace(/^checkpoint-/, '')}`;

function overItself(path: string): DiffusionError {
  return new DiffusionError('RXD_REQUEST_INVALID', {
    problem: 'the weights would be written over the file that they are read from',
    got: `--out ${path}`,
    expected: 'a file of its own',
    fix: 'give --out another name',
  });
}
