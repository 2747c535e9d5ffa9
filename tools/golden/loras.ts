import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { definePlugin, diffusion, fuseAdapters, Roles, slotWeights, type Diffusion, type Engine } from 'rxdiffusion';
import { readLora, readPipeline, type AdaptablePipeline } from 'rxdiffusion/diffusers';
import { nodePlugins, openFile, readFolder } from 'rxdiffusion/node';
import { z } from 'zod';
import { inputTensors } from '../../src/core/training/condition-inputs.js';
import { outputOf } from '../../src/core/tensors/network-output.js';
import { namedTensor, relativeDifference, type NetworkFolder } from './network-folder.js';
import type { PartCheck } from './parts.js';

interface Judged {
  readonly tensor: string;
  readonly tolerance: number;
}

/** A call of the U-Net. */
interface Call {
  readonly sample: string;
  readonly timestep: string | number;
  readonly encoder_hidden_states: string;
  readonly timestep_cond?: string;
}

/** What a record says of a LoRA: a call of the U-Net at several scales, the first call of each run, merged weights. */
interface LoraRecord {
  readonly base: string;
  readonly file: string;
  readonly format: string;
  readonly call: Call & { readonly outputs_by_scale: Readonly<Record<string, Judged>> };
  readonly fused: {
    readonly scale: number;
    readonly tensors: Readonly<Record<string, string>>;
    readonly tolerance: number;
  };
  /** States that the text encoder gives for a prompt at scale 1. */
  readonly text?: Judged & { readonly prompt: string };
  readonly runs?: readonly {
    readonly name: string;
    readonly lora_scale: number;
    readonly first_call: Call & { readonly output: string; readonly tolerance: number };
  }[];
}

const recordOf = (folder: Pick<NetworkFolder, 'record'>): LoraRecord => folder.record as unknown as LoraRecord;

/** Whether a folder holds a LoRA of another folder's pipeline. */
export function isLora(folder: Pick<NetworkFolder, 'record'>): boolean {
  const { base, file, fused } = recordOf(folder) as Partial<LoraRecord>;
  return base !== undefined && file !== undefined && fused !== undefined;
}

/** A pipeline with the LoRA of the folder, where it holds one. */
export async function withLora<B extends AdaptablePipeline>(folder: NetworkFolder, base: B, scale: number | undefined) {
  const none = { ...base, [Symbol.asyncDispose]: async () => undefined };
  if (scale === undefined || !isLora(folder)) return none;
  return readLora(await openFile(join(folder.path, recordOf(folder).file)), base, { scale });
}

/** The checks of a LoRA on the U-Net that its record names. */
export function loraChecks(folder: NetworkFolder, engine: Engine): readonly PartCheck[] {
  const { call, runs = [], fused, text } = recordOf(folder);
  return [
    ...Object.entries(call.outputs_by_scale).map(
      ([scale, expected]) =>
        [`call at ${scale}`, () => calledOf(folder, engine, call, Number(scale), expected)] as const,
    ),
    ...runs.map(({ name, lora_scale: scale, first_call: first }) => {
      const expected = { tensor: first.output, tolerance: first.tolerance };
      return [`${name} first_call`, () => calledOf(folder, engine, first, scale, expected)] as const;
    }),
    [`fused at ${fused.scale}`, () => fusedOf(folder, engine)],
    ...(text ? [['text', () => encodedOf(folder, engine, text)] as const] : []),
  ];
}

async function onPipeline<T>(
  folder: NetworkFolder,
  engine: Engine,
  scale: number,
  work: (pipeline: Diffusion) => Promise<T>,
): Promise<T> {
  await using base = await readPipeline(readFolder(join(folder.path, recordOf(folder).base)), { steps: 1 });
  await using model = await withLora(folder, base, scale);
  const given = definePlugin({
    ...{ role: Roles.engine, name: 'given', config: z.strictObject({}) },
    ...{ create: () => engine, dispose: () => undefined },
  });
  const recipe = { ...model.recipe, plugins: { ...model.recipe.plugins, engine: given.name } };
  const plugins = [...nodePlugins, ...base.plugins, given];
  await using pipeline = await diffusion(recipe, { plugins, weights: model.weights });
  return await work(pipeline);
}

/** A call of the U-Net with the weights that the adapters make. */
function calledOf(folder: NetworkFolder, engine: Engine, call: Call, scale: number, expected: Judged): Promise<number> {
  return onPipeline(folder, engine, scale, async ({ assembly }) => {
    const denoiser = assembly.get(Roles.denoiser);
    using fused = await fuseAdapters(assembly);
    const made = engine.run(() =>
      tf.tidy(() => {
        const [x, text] = [tensorOf(folder, call.sample), tensorOf(folder, call.encoder_hidden_states)];
        const { timestep: time } = call;
        const at = typeof time === 'number' ? time : (namedTensor(folder, time).data[0] ?? Number.NaN);
        const { timestep_cond: cond } = call;
        const guidance = cond === undefined ? {} : { timestep_cond: tensorOf(folder, cond) };
        const sample = tf.transpose(x, [0, 2, 3, 1]);
        const times = tf.fill([x.shape[0] ?? 1], at) as tf.Tensor1D;
        const weights = fused.parametersBySlot['denoiser'] ?? denoiser.parameters;
        const output = outputOf(denoiser.predict(weights, sample, times, { encoder_hidden_states: text, ...guidance }));
        return tf.transpose(output, [0, 3, 1, 2]);
      }),
    );
    const numbers = await made.data<'float32'>();
    made.dispose();
    return relativeDifference(numbers, namedTensor(folder, expected.tensor).data) / expected.tolerance;
  });
}

/** The states of a prompt, by the text encoder with the weights that the adapters make. */
function encodedOf(folder: NetworkFolder, engine: Engine, text: Required<LoraRecord>['text']): Promise<number> {
  return onPipeline(folder, engine, 1, async ({ assembly }) => {
    const conditioner = assembly.get(Roles.conditioner);
    using fused = await fuseAdapters(assembly);
    const weights = fused.parametersBySlot['conditioner'] ?? conditioner.parameters ?? {};
    const inputs = await conditioner.prepare(text.prompt, { count: 1, side: 'conditional' });
    const made = engine.run(() =>
      tf.tidy(() => tf.clone(conditioner.encode(weights, inputTensors(inputs))['encoder_hidden_states'] as tf.Tensor)),
    );
    const numbers = await made.data<'float32'>();
    made.dispose();
    return relativeDifference(numbers, namedTensor(folder, text.tensor).data) / text.tolerance;
  });
}

function tensorOf(folder: NetworkFolder, name: string): tf.Tensor {
  const { data, shape } = namedTensor(folder, name);
  return tf.tensor(data, [...shape], 'float32');
}

/** The worst of the merged weights, as they are saved. */
function fusedOf(folder: NetworkFolder, engine: Engine): Promise<number> {
  const { scale, tensors, tolerance } = recordOf(folder).fused;
  return onPipeline(folder, engine, scale, async ({ assembly }) => {
    using fused = await fuseAdapters(assembly);
    const { tensors: made } = slotWeights(assembly, 'denoiser', fused.parametersBySlot['denoiser']);
    const differences = await Promise.all(
      Object.entries(tensors).map(async ([name, tensor]) => {
        const { data = [] } = (await made[name]?.read()) ?? {};
        return relativeDifference(data, namedTensor(folder, tensor).data) / tolerance;
      }),
    );
    return Math.max(...differences);
  });
}
