import { DiffusionError } from '../index.js';
import { readLora, type LoraReading } from '../diffusers.js';
import { openFile } from '../node.js';
import type { Model } from './model.js';

/** A LoRA file, and how far it changes the weights. */
export interface LoraFlag {
  readonly file: string;
  readonly scale?: number;
}

/** `--lora file` or `--lora file=scale`, collected. A name may have a `=` before what is no number. */
export function collectLora(text: string, before: readonly LoraFlag[] = []): readonly LoraFlag[] {
  const at = text.lastIndexOf('=');
  const [file, said] = [text.slice(0, at), text.slice(at + 1)];
  const scale = Number(said);
  const isScaled = at > 0 && said.trim() !== '' && Number.isFinite(scale);
  return [...before, isScaled ? { file, scale } : { file: text }];
}

/** The model with LoRA files as adapters, one over the other. Whoever disposes of it closes all of them. */
export async function withLoras(model: Model, path: string, flags: readonly LoraFlag[]): Promise<Model> {
  const { recipe, weights } = model;
  if (flags.length === 0) return model;
  const read: LoraReading[] = [];
  const close = async (): Promise<void> => {
    for (const lora of read.splice(0)) await lora.close();
    await model[Symbol.asyncDispose]();
  };
  try {
    for (const { file, scale = 1 } of flags) {
      if (weights === undefined) throw noFolder(path, file);
      const under = read.at(-1) ?? { recipe, weights };
      read.push(await readLora(await openFile(file), under, { file, scale }));
    }
    return { ...model, ...read.at(-1), [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

function noFolder(path: string, file: string): DiffusionError {
  return new DiffusionError('RXD_REQUEST_INVALID', {
    problem: `--lora ${file} changes a model of diffusers, and ${path} is a file of this package`,
    got: path,
    expected: 'the folder or the file of a model of diffusers',
    fix: 'give adapters of this package by --use adapter:style=… and --weights adapter:style=FILE',
  });
}
