import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { catalogue, Roles, type Control, type Denoiser, type Engine } from 'rxdiffusion';
import { philox } from 'rxdiffusion/plugin';
import { standardPlugins } from 'rxdiffusion';
import { outputOf } from '../../src/core/tensors/network-output.js';
import { readableOf } from '../../src/core/tensors/readable-tensor.js';
import { namedTensor, relativeDifference, type NetworkFolder } from './network-folder.js';
import type { PartCheck } from './parts.js';
import { storedConfig, storedTensors } from './stored-part.js';

interface Told {
  readonly sample: string;
  readonly timestep: number | string;
  readonly encoder_hidden_states: string;
  readonly text_embeds?: string;
  readonly time_ids?: string;
}

/** What a record says of a control network: one call of it alone, and the first call of each run with its base. */
interface ControlRecord {
  readonly base: string;
  readonly call: Told & {
    readonly controlnet_cond: string;
    readonly conditioning_scale: number;
    readonly outputs: Readonly<Record<string, { readonly tensor: string; readonly tolerance: number }>>;
  };
  readonly runs: readonly {
    readonly name: string;
    readonly arguments: Readonly<Record<string, number>> & { readonly guess_mode?: boolean };
    readonly inputs: { readonly control_image: string };
    readonly first_call: Told & { readonly output: string; readonly tolerance: number };
  }[];
}

interface Networks {
  readonly control: Control;
  readonly denoiser: Denoiser;
  readonly engine: Engine;
}

/** The checks of a control network that lies in a folder, on the U-Net that its record names. */
export async function controlChecks(folder: NetworkFolder, engine: Engine): Promise<readonly PartCheck[]> {
  const config = await storedConfig(folder.path);
  if (config?.['_class_name'] !== 'ControlNetModel') return [];
  const { call, runs, base } = folder.record as unknown as ControlRecord;
  const loaded = <T>(work: (networks: Networks) => Promise<T>) => withNetworks(folder.path, base, engine, work);
  const outputs = Object.entries(call.outputs);
  return [
    ...outputs.map(([name, { tensor, tolerance }]) => {
      const check = () => loaded((networks) => ofCall(networks, folder, { name, tensor, tolerance }));
      return [`control ${name}`, check] as const;
    }),
    ...runs.map(
      (run) => [`control ${run.name} first_call`, () => loaded((networks) => ofRun(networks, folder, run))] as const,
    ),
  ];
}

async function withNetworks<T>(
  path: string,
  base: string,
  engine: Engine,
  work: (networks: Networks) => Promise<T>,
): Promise<T> {
  const known = catalogue(standardPlugins);
  const noise = await philox.create({ config: {} });
  const parts = async <P>(
    definition: ReturnType<typeof known.find<P>>,
    place: string,
    more: object = {},
  ): Promise<P> => {
    const weights = readableOf(await storedTensors(join(place, 'diffusion_pytorch_model.safetensors')));
    const config = definition.config.parse(await storedConfig(place));
    return definition.create({ config, noise, engine, weights, ...more });
  };
  const control = await parts(known.find(Roles.control, 'controlnet'), path);
  const unet = known.find(Roles.denoiser, 'unet2d-condition');
  const denoiser = await parts(unet, join(path, base, 'unet'), { controls: { control } });
  try {
    return await work({ control, denoiser, engine });
  } finally {
    denoiser.dispose?.();
    control.dispose?.();
  }
}

const nhwc = (folder: NetworkFolder, name: string): tf.Tensor => {
  const { data, shape } = namedTensor(folder, name);
  return tf.transpose(tf.tensor(data, [...shape]), [0, 2, 3, 1]);
};

/** Inputs of a call. An image for the conditional side is that of the other side too. */
function inputsOf(folder: NetworkFolder, told: Told, image: string, scale: number, guesses = false) {
  const x = nhwc(folder, told.sample);
  const plain = (name: string): tf.Tensor => {
    const { data, shape } = namedTensor(folder, name);
    return tf.tensor(data, [...shape]);
  };
  const { text_embeds: text, time_ids: ids } = told;
  const time = typeof told.timestep === 'number' ? told.timestep : (namedTensor(folder, told.timestep).data[0] ?? 0);
  const one = nhwc(folder, image);
  const rows = x.shape[0] ?? 1;
  const conditioning = {
    encoder_hidden_states: plain(told.encoder_hidden_states),
    ...(text && ids ? { text_embeds: plain(text), time_ids: plain(ids) } : {}),
    control_image: tf.tile(one, [rows / (one.shape[0] ?? 1), 1, 1, 1]),
    control_image_scale: scaleRows(rows, scale, guesses),
  };
  return { x, time: tf.fill([rows], time) as tf.Tensor1D, conditioning };
}

/** The scale of each row: one that is guessed has none on the unconditional side, which comes first. */
function scaleRows(rows: number, scale: number, guesses: boolean): tf.Tensor2D {
  return tf.tensor2d(
    Array.from({ length: rows }, (_, row) => (guesses ? [row < rows / 2 ? 0 : scale, 0.1] : [scale, 1])),
  );
}

async function differenceOf(
  folder: NetworkFolder,
  engine: Engine,
  expected: { readonly tensor: string; readonly tolerance: number },
  work: () => tf.Tensor,
): Promise<number> {
  const made = engine.run(() => tf.tidy(() => tf.transpose(work(), [0, 3, 1, 2])));
  const numbers = await made.data<'float32'>();
  made.dispose();
  return relativeDifference(numbers, namedTensor(folder, expected.tensor).data) / expected.tolerance;
}

/** One output of the recorded call. */
function ofCall(
  { control, denoiser, engine }: Networks,
  folder: NetworkFolder,
  output: { readonly name: string; readonly tensor: string; readonly tolerance: number },
): Promise<number> {
  const { call } = folder.record as unknown as ControlRecord;
  return differenceOf(folder, engine, output, () => {
    const input = inputsOf(folder, call, call.controlnet_cond, call.conditioning_scale);
    if (output.name === 'unet_output')
      return outputOf(denoiser.predict(denoiser.parameters, input.x, input.time, input.conditioning));
    const { skips, middle } = control.residuals(control.parameters, input);
    return output.name === 'mid' ? middle : (skips[Number(output.name.replace('down.', ''))] as tf.Tensor);
  });
}

/** The U-Net's output in the first step of a run. */
function ofRun(
  { denoiser, engine }: Networks,
  folder: NetworkFolder,
  run: ControlRecord['runs'][number],
): Promise<number> {
  const { output, tolerance } = run.first_call;
  const { control_guidance_start: start = 0, control_guidance_end: end = 1, ...said } = run.arguments;
  const acts = start <= 0 && 1 / (said['num_inference_steps'] ?? 1) <= end;
  return differenceOf(folder, engine, { tensor: output, tolerance }, () => {
    const scale = acts ? (said['controlnet_conditioning_scale'] ?? 1) : 0;
    const input = inputsOf(folder, run.first_call, run.inputs.control_image, scale, run.arguments.guess_mode === true);
    return outputOf(denoiser.predict(denoiser.parameters, input.x, input.time, input.conditioning));
  });
}
