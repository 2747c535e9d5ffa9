import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import {
  catalogue,
  Roles,
  standardPlugins,
  type Conditioning,
  type Denoiser,
  type Engine,
  type ParameterSet,
} from 'rxdiffusion';
import { readPipeline } from 'rxdiffusion/diffusers';
import { philox } from 'rxdiffusion/plugin';
import { outputOf } from '../../src/core/tensors/network-output.js';
import { toDisk } from '../../src/core/tensors/parameters.js';
import { denoiserFromFolder, openFile, readFolder } from 'rxdiffusion/node';
import { namedTensor, relativeDifference, type NetworkFolder } from './network-folder.js';
import type { PartCheck } from './parts.js';
import { storedConfig } from './stored-part.js';

/** One call of a U-Net over tokens: names of tensors in `golden.safetensors`, by diffusers' names of its inputs. */
interface CallRecord {
  readonly inputs: Readonly<Record<string, string>>;
  readonly output: string;
  readonly tolerance: number;
}

type GradientRecord = Readonly<Record<string, { readonly tensor: string; readonly tolerance: number }>>;

/** Inputs of the first call of a run. */
const INPUTS = ['sample', 'timestep', 'encoder_hidden_states', 'text_embeds', 'time_ids', 'timestep_cond'];

/** What a record says of its U-Net: calls and gradients, or the first call of each run of a pipeline. */
interface UNetRecord {
  readonly base?: string;
  /** Where configs are, if not here, and one file with the weights of all parts. */
  readonly config?: string;
  readonly checkpoint?: string;
  readonly forward?: readonly (CallRecord & { readonly name: string })[];
  readonly gradients?: { readonly with_respect_to: GradientRecord };
  readonly runs?: readonly {
    readonly name: string;
    readonly variant?: string;
    readonly first_call?: Readonly<Record<string, string>> & { readonly tolerance: number };
  }[];
}

/** The checks of a U-Net over tokens that lies in a folder, or that its record names as its base. */
export async function unetChecks(folder: NetworkFolder, engine: Engine): Promise<readonly PartCheck[]> {
  const record = folder.record as unknown as UNetRecord;
  const { base = '', config: configs = '', checkpoint } = record;
  const places = [join(folder.path, configs, 'unet'), join(folder.path, base)];
  const place = places.find((path) => existsSync(join(path, 'config.json')));
  const config = place === undefined ? undefined : await storedConfig(place);
  if (place === undefined || config?.['_class_name'] !== 'UNet2DConditionModel') return [];
  const inFile = checkpoint === undefined ? undefined : join(folder.path, checkpoint);
  const opened = (variant?: string): Promise<Denoiser> =>
    inFile === undefined
      ? denoiserFromFolder(place, { engine, ...(variant === undefined ? {} : { variant }) })
      : denoiserOfFile(inFile, dirname(place), engine);
  const withUNet = async <T>(work: (network: Network) => Promise<T>, variant?: string): Promise<T> => {
    const denoiser = await opened(variant);
    try {
      return await work({ denoiser, engine });
    } finally {
      denoiser.dispose?.();
    }
  };
  const check = (call: CallRecord, variant?: string) => () =>
    withUNet((network) => callDifference(network, folder, call), variant);
  const slopes = record.gradients?.with_respect_to;
  return [
    ...(record.forward ?? []).map((call) => [`unet ${call.name}`, check(call)] as const),
    ...(slopes ? [['unet gradients', () => withUNet((network) => worst(network, folder, slopes))] as const] : []),
    ...(record.runs ?? []).flatMap(({ name, variant, first_call: call }) => {
      if (call === undefined) return [];
      const { output = '', tolerance } = call;
      const inputs = Object.fromEntries(INPUTS.flatMap((input) => (call[input] ? [[input, call[input]]] : [])));
      const asked: CallRecord = { inputs, output, tolerance };
      return [[`unet ${name} first_call`, check(asked, variant)] as const];
    }),
  ];
}

interface Network {
  readonly denoiser: Denoiser;
  readonly engine: Engine;
}

/** The U-Net of a file of one model. */
async function denoiserOfFile(file: string, configs: string, engine: Engine): Promise<Denoiser> {
  await using model = await readPipeline(await openFile(file), { config: readFolder(configs) });
  const definition = catalogue(standardPlugins).find(Roles.denoiser, 'unet2d-condition');
  const { config } = model.recipe.plugins['denoiser'] as { readonly config: object };
  const noise = await philox.create({ config: {} });
  const weights = model.weights['denoiser'];
  return await definition.create({ config: definition.config.parse(config), noise, engine, weights, controls: {} });
}

const nchw = (tensor: tf.Tensor): tf.Tensor => tf.transpose(tensor, [0, 3, 1, 2]);

/** Inputs of a call as tensors, by diffusers' names; images as NHWC. */
function inputsOf(folder: NetworkFolder, { inputs }: CallRecord): Readonly<Record<string, tf.Tensor>> {
  const made = Object.entries(inputs).map(([name, tensor]) => {
    const { data, shape } = namedTensor(folder, tensor);
    const plain = tf.tensor(data, [...shape]);
    return [name, shape.length === 4 ? tf.transpose(plain, [0, 2, 3, 1]) : plain] as const;
  });
  return Object.fromEntries(made);
}

function predicted(
  denoiser: Denoiser,
  parameters: ParameterSet,
  { sample, timestep, class_labels: labels, ...others }: Readonly<Record<string, tf.Tensor>>,
): tf.Tensor {
  const x = sample as tf.Tensor;
  const time = tf.tile(tf.reshape(timestep as tf.Tensor, [-1]), [timestep?.size === 1 ? (x.shape[0] ?? 1) : 1]);
  const classLabels = labels && tf.cast(labels, denoiser.info.takes?.['classLabels']?.dtype ?? 'int32');
  const conditioning: Conditioning = { ...others, ...(classLabels ? { classLabels } : {}) };
  return nchw(outputOf(denoiser.predict(parameters, x, time as tf.Tensor1D, conditioning)));
}

async function numbersOf(tensor: tf.Tensor): Promise<Float32Array> {
  const numbers = await tensor.data<'float32'>();
  tensor.dispose();
  return numbers;
}

/** Difference of one call, in units of its tolerance. */
async function callDifference({ denoiser, engine }: Network, folder: NetworkFolder, call: CallRecord): Promise<number> {
  const made = engine.run(() => tf.tidy(() => predicted(denoiser, denoiser.parameters, inputsOf(folder, call))));
  return relativeDifference(await numbersOf(made), namedTensor(folder, call.output).data) / call.tolerance;
}

/** The worst gradient of mean(output²) of the first call, in units of its tolerance. */
async function worst({ denoiser, engine }: Network, folder: NetworkFolder, wanted: GradientRecord): Promise<number> {
  const [call] = (folder.record as unknown as Required<UNetRecord>).forward;
  const names = Object.keys(wanted);
  const slopes = engine.run(() =>
    tf.tidy(() => {
      const inputs = inputsOf(folder, call as CallRecord);
      const loss = (...moved: tf.Tensor[]): tf.Scalar => {
        const by = Object.fromEntries(names.map((name, index) => [name, moved[index] as tf.Tensor]));
        const given = Object.fromEntries(Object.entries(inputs).map(([name, x]) => [name, by[name] ?? x]));
        return tf.mean(tf.square(predicted(denoiser, { ...denoiser.parameters, ...by }, given)));
      };
      const at = names.map((name) => inputs[name] ?? (denoiser.parameters[name] as tf.Tensor));
      return tf
        .grads(loss)(at)
        .map((slope, index) => (names[index] === 'sample' ? nchw(slope) : slope));
    }),
  );
  const differences = await Promise.all(
    slopes.map(async (slope, index) => {
      const name = names[index] as string;
      const { tensor, tolerance } = wanted[name] as GradientRecord[string];
      const { shape } = slope;
      const plain = { dtype: 'float32', shape, data: await numbersOf(slope) } as const;
      const got = toDisk({ [name]: plain }, denoiser.layout)[name]?.data ?? [];
      return relativeDifference(got, namedTensor(folder, tensor).data) / tolerance;
    }),
  );
  return Math.max(...differences);
}
