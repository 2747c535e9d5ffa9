import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import {
  decodeSafetensors,
  type Engine,
  type ParameterLayout,
  type ParameterSet,
  type PlainTensor,
  type PlainTensors,
} from 'rxdiffusion';
import { parametersOf, toMemory } from '../../src/core/tensors/parameters.js';
import type { ParameterSpecs } from '../../src/core/networks/parameter-specs.js';

/** How a part of a pipeline names its tensors in files, and which it has. */
export interface StoredNames {
  readonly specs: ParameterSpecs;
  /** Today's name of a tensor; nothing for what is no weight. */
  readonly named: (old: string) => string | undefined;
}

/** `config.json` of a part of a pipeline; nothing where the folder has no such part. */
export async function storedConfig(folder: string): Promise<Readonly<Record<string, unknown>> | undefined> {
  const path = join(folder, 'config.json');
  if (!existsSync(path)) return undefined;
  return JSON.parse(await readFile(path, 'utf8')) as Readonly<Record<string, unknown>>;
}

/** The tensors of a file, by the names that it has. */
export async function storedTensors(file: string): Promise<PlainTensors> {
  return decodeSafetensors(await readFile(file), file).tensors;
}

/** Weights of a part, made on the engine. The caller owns them. */
export function storedWeights(tensors: PlainTensors, { specs, named }: StoredNames, engine: Engine): ParameterSet {
  const renamed = Object.entries(tensors).flatMap(([old, tensor]) => {
    const name = named(old);
    return name === undefined ? [] : [[name, asLinear(tensor, specs[name]?.layout)] as const];
  });
  const inMemory = toMemory(Object.fromEntries(renamed), (name) => specs[name]?.layout ?? 'same');
  return engine.run(() => tf.tidy(() => parametersOf(inMemory, specs)));
}

/** A linear layer may be stored as a convolution of one pixel. */
function asLinear(tensor: PlainTensor, layout: ParameterLayout | undefined): PlainTensor {
  const [output = 1, input = 1, ...pixel] = tensor.shape;
  return layout === 'linear' && pixel.join() === '1,1' ? { ...tensor, shape: [output, input] } : tensor;
}
