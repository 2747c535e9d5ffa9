import { stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { DiffusionError, type StorageType } from '../../index.js';
import { writePipeline } from '../../diffusers.js';
import { openWeightsFile, saveWeightsFile, writeFolder } from '../../node.js';
import { openPipelineAt, type ModelOptions } from '../model.js';
import type { Output } from '../output.js';

/** Options of `rxdiffusion export`. */
export interface ExportOptions extends Pick<ModelOptions, 'variant' | 'tokenizer' | 'config'> {
  readonly out?: string;
  readonly dtype: StorageType;
  readonly json?: boolean;
}

/**
 * `rxdiffusion export MODEL`: writes the weights of a checkpoint (the averaged ones where it has an average) to a file of their own;
 * a whole pipeline, of a file or a folder, as a folder that diffusers opens.
 */
export async function exportCommand(path: string, options: ExportOptions, output: Output): Promise<void> {
  const model = await openPipelineAt(path, options);
  if (model === undefined) return exportWeights(path, options, output);
  await using pipeline = model;
  const { out, dtype, json } = options;
  if (out === undefined || isFile(out)) throw noFolder(path, out);
  const { className, leftOut } = await writePipeline(writeFolder(out), pipeline, { dtype });
  if (json) output.line(JSON.stringify({ kind: 'export', folder: out, className, dtype, leftOut }));
  else output.line(`${out}: a ${className}, ${dtype}`);
}

async function exportWeights(path: string, { out, dtype, json }: ExportOptions, output: Output): Promise<void> {
  if (out !== undefined && !isFile(out)) throw noFile(out);
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

const isFile = (path: string): boolean => path.toLowerCase().endsWith('.safetensors');

function noFile(out: string): DiffusionError {
  return new DiffusionError('RXD_REQUEST_INVALID', {
    problem: 'the weights of a checkpoint are a safetensors file',
    got: `--out ${out}`,
    expected: 'a name that ends in .safetensors',
    fix: 'give --out such a name, or leave it out',
  });
}

function noFolder(path: string, out: string | undefined): DiffusionError {
  return new DiffusionError('RXD_REQUEST_INVALID', {
    problem: `${path} is a whole pipeline, which is written as a folder`,
    got: out === undefined ? 'no --out' : `--out ${out}`,
    expected: 'the name of a new folder',
    fix: 'give --out the name of a folder',
  });
}

function overItself(path: string): DiffusionError {
  return new DiffusionError('RXD_REQUEST_INVALID', {
    problem: 'the weights would be written over the file that they are read from',
    got: `--out ${path}`,
    expected: 'a file of its own',
    fix: 'give --out another name',
  });
}
