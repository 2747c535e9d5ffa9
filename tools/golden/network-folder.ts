import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeSafetensors, type PlainTensor, type PlainTensors } from 'rxdiffusion';
import type { SchedulerConfig } from './solver-case.js';

/** One call of the network. Names are those of tensors in `golden.safetensors`. */
export interface ForwardRecord {
  readonly name: string;
  readonly sample?: string;
  readonly timestep?: string;
  readonly class_labels?: string;
  /** The same by the names of diffusers' `forward`, where there are others. */
  readonly inputs?: Readonly<Record<string, string>>;
  readonly output: string;
  readonly variant?: string;
  readonly tolerance: number;
}

/** A whole sampling run. */
export interface TrajectoryRecord {
  readonly name: string;
  readonly sample: string;
  readonly scheduler: SchedulerConfig;
  readonly steps: number;
  readonly timesteps: readonly number[];
  readonly eta?: number;
  readonly noise?: string;
  readonly after_steps: readonly number[];
  readonly states: string;
  readonly class_labels?: string;
  readonly tolerance: number;
}

/** `golden.json` of a network folder. */
interface NetworkRecord {
  readonly network: string;
  readonly forward: readonly ForwardRecord[];
  readonly gradients?: {
    readonly with_respect_to: Readonly<Record<string, { readonly tensor: string; readonly tolerance: number }>>;
  };
  readonly trajectories?: readonly TrajectoryRecord[];
}

/** A folder: its record and the tensors that it names. */
export interface NetworkFolder {
  readonly path: string;
  readonly record: NetworkRecord;
  readonly tensors: PlainTensors;
}

/** The class of the network that a folder holds, as its config says it; `undefined` where there is no such config. */
export async function networkClass(path: string): Promise<string | undefined> {
  for (const config of ['unet', 'transformer', 'vae', '.'].map((part) => join(path, part, 'config.json'))) {
    if (!existsSync(config)) continue;
    return (JSON.parse(await readFile(config, 'utf8')) as { readonly _class_name?: string })._class_name;
  }
  return undefined;
}

/** Reads record and tensors of a folder. */
export async function networkFolder(path: string): Promise<NetworkFolder> {
  // Python writes infinity as a bare word.
  const text = (await readFile(join(path, 'golden.json'), 'utf8')).replace(/: -Infinity/g, ': null');
  const record = JSON.parse(text) as NetworkRecord;
  const file = join(path, 'golden.safetensors');
  return { path, record, tensors: decodeSafetensors(await readFile(file), file).tensors };
}

/** A tensor that the record names. */
export function namedTensor({ tensors, path }: NetworkFolder, name: string): PlainTensor {
  const tensor = tensors[name];
  if (tensor === undefined) throw new Error(`${path}/golden.safetensors has no ${name}`);
  return tensor;
}

/** Largest difference, as a share of the largest expected magnitude. */
export function relativeDifference(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [difference, magnitude] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    difference = Math.max(difference, Math.abs((got[i] ?? Number.NaN) - (expected[i] ?? Number.NaN)));
    magnitude = Math.max(magnitude, Math.abs(expected[i] ?? 0));
  }
  return Number.isNaN(difference) ? Infinity : difference / magnitude;
}
