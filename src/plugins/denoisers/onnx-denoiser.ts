import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { MOST, whole } from '../../core/assembly/config-numbers.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import type { Conditioning, ConditionShape, ConditionSpec } from '../../core/contracts/conditioning.js';
import type { Denoiser, DenoiserInfo } from '../../core/contracts/denoiser.js';
import type { LoadedModel, ModelFile, ModelPort } from '../../core/contracts/model-file.js';
import { DiffusionError } from '../../core/errors/diffusion-error.js';
import { channelsFirst, channelsLast } from '../../core/model-files/channels.js';
import { inShares } from '../../core/model-files/in-shares.js';
import { loadedModel } from '../../core/model-files/loaded-models.js';
import { fixedImage, fixedSide, isWhole, portFor, shown } from '../../core/model-files/model-roles.js';
import { neededModel } from '../../core/model-files/slot-models.js';
import { unsupported } from '../../core/storage/corrupt.js';

const PLUGIN = 'denoiser/onnx-denoiser';

const side = whole(MOST.side);

const configSchema = z.strictObject({
  sample_size: z
    .union([side, z.tuple([side, side])])
    .default(64)
    .describe('height and width of samples, where the file leaves them free'),
  channels: whole(MOST.width).default(4).describe('channels of samples, where the file leaves them free'),
  multiple_of: whole(MOST.side).default(1).describe('heights and widths that the network takes are multiples of this'),
  learns_variance: z
    .boolean()
    .default(false)
    .describe('the output has twice the channels, where the file does not say how many'),
});

type Config = z.output<typeof configSchema>;

/**
 * A network in an ONNX file: any exporter's U-Net or transformer over images or latents. Its inputs are found by name, type
 * and rank: the noisy sample, the time (whole or not, one for all or one for each sample), and conditions, which are called
 * as the file calls them. A fixed batch is run in shares. The file is given with the pipeline, never by a recipe. It has no
 * gradients. Source: ONNX; the layouts of Optimum and of diffusers' OnnxRuntimeModel. When: the network is an ONNX file.
 */
export const onnxDenoiser = definePlugin({
  role: Roles.denoiser,
  name: 'onnx-denoiser',
  summary: 'A network in an ONNX file, run by ONNX Runtime: inputs are found by name, type and rank.',
  reference: 'ONNX; the layouts of Optimum and of diffusers’ OnnxRuntimeModel',
  tags: { data: 'images and latents', gradients: false, when: 'the network is an ONNX file' },
  config: configSchema,
  inject: { engine: Roles.engine },
  async create({ config, engine, models }): Promise<Denoiser> {
    const file = neededModel(models, 'model', PLUGIN);
    const ports = portsOf(file);
    const model = await loadedModel(engine, file, [ports.output.name]);
    return denoiserOf(model, ports, config);
  },
});

/** What is what of a model file. */
interface Ports {
  readonly sample: ModelPort;
  readonly time: ModelPort;
  readonly conditions: readonly ModelPort[];
  readonly output: ModelPort;
}

function portsOf(file: ModelFile): Ports {
  if (file.draws !== 'nothing')
    throw unsupported(file.name, 'operators that draw random numbers', 'a network that is a function of its inputs');
  const { inputs, outputs } = file;
  const sample = portFor(file, inputs, {
    what: 'the noisy sample',
    names: ['sample', 'hidden_states', 'latent_sample', 'x'],
    ...{ ranks: [4], isWhole: false },
  });
  const rest = inputs.filter((port) => port !== sample);
  const time = portFor(file, rest, { what: 'the time', names: ['timestep', 'timesteps', 't'], ranks: [0, 1] });
  const output = portFor(file, outputs, {
    what: 'the output',
    names: ['out_sample', 'out_hidden_states', 'sample', 'output', 'noise_pred'],
    ...{ ranks: [4], isWhole: false },
  });
  const conditions = rest.filter((port) => port !== time);
  const odd = conditions.find(({ dims }) => dims === undefined || dims.length === 0);
  if (odd !== undefined)
    throw unsupported(file.name, shown(odd), 'conditions with a row for each sample', 'export the network again');
  return { sample, time, conditions, output };
}

function denoiserOf(model: LoadedModel, ports: Ports, config: Config): Denoiser {
  const { sample, output } = ports;
  const { batch, channels = config.channels } = fixedImage(sample);
  const given = fixedImage(output).channels ?? (config.learns_variance ? 2 : 1) * channels;
  return {
    info: infoOf(ports, config, channels, given),
    parameters: {},
    predict: (_, x, time, conditioning) => {
      const [count = 1, height = 1, width = 1] = x.shape;
      const rows = { [sample.name]: channelsFirst(x), ...conditionsOf(ports, conditioning) };
      const times = timesOf(ports, time);
      const inputs = times.isOnce
        ? { rows, once: { [ports.time.name]: times.tensor } }
        : { rows: { ...rows, [ports.time.name]: times.tensor } };
      const [made] = inShares(model, inputs, { count, batch, results: [[given, height, width]] });
      return channelsLast(made as tf.Tensor);
    },
    dispose: () => model.dispose(),
  };
}

function infoOf(ports: Ports, config: Config, channels: number, given: number): DenoiserInfo {
  const { height, width } = fixedImage(ports.sample);
  const { sample_size: size, multiple_of: multipleOf } = config;
  const [high, wide] = typeof size === 'number' ? [size, size] : size;
  return {
    sampleShape: [height ?? high, width ?? wide, channels],
    ...(height === undefined && width === undefined ? { sizes: { multipleOf } } : {}),
    takes: Object.fromEntries(
      ports.conditions.map((port) => [port.name, conditionShape(port)]),
    ) satisfies ConditionSpec,
    ...(given === 2 * channels ? { learnsVariance: true } : {}),
  };
}

function conditionShape(port: ModelPort): ConditionShape {
  return { dtype: isWhole(port) ? 'int32' : 'float32', shape: port.dims?.slice(1) ?? [] };
}

/** The conditions that the model reads, by its names. Throws `RXD_COMBINATION` where one is missing. */
function conditionsOf({ conditions }: Ports, conditioning: Conditioning): Record<string, tf.Tensor> {
  return Object.fromEntries(
    conditions.map((port) => {
      const tensor = conditioning[port.name];
      if (tensor === undefined) throw missing(port, Object.keys(conditioning));
      return [port.name, isWhole(port) ? tf.cast(tensor, 'int32') : tensor];
    }),
  );
}

/** Times as the model takes them: one for all rows, or one for each. Whole ones are rounded. */
function timesOf(
  { time: port, sample }: Ports,
  time: tf.Tensor1D,
): { readonly tensor: tf.Tensor; readonly isOnce: boolean } {
  const times = isWhole(port) ? tf.cast(tf.round(time), 'int32') : time;
  const first = tf.slice(times, [0], [1]);
  if (port.dims?.length === 0) return { tensor: tf.reshape(first, []), isOnce: true };
  const isOnce = fixedSide(port, 0) === 1 && fixedSide(sample, 0) !== 1;
  return { tensor: isOnce ? first : times, isOnce };
}

function missing(port: ModelPort, given: readonly string[]): DiffusionError {
  return new DiffusionError('RXD_COMBINATION', {
    problem: 'the model file needs a condition that nobody gives',
    got: given.join(', ') || 'no conditions',
    expected: shown(port),
    fix: 'add the conditioner that gives it under this name',
    plugin: PLUGIN,
  });
}
