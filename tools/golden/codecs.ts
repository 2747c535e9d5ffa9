import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import type { Codec, Engine, ParameterSet, PlainTensor, PlainTensors } from 'rxdiffusion';
import { orderOnDisk } from '../../src/core/tensors/parameters.js';
import { autoencoderKlOf, type AutoencoderKl } from '../../src/plugins/codecs/autoencoder-kl/autoencoder-kl.js';
import { autoencoderKlConfig } from '../../src/plugins/codecs/autoencoder-kl/config.js';
import { autoencoderKlName } from '../../src/plugins/codecs/autoencoder-kl/names.js';
import { autoencoderKlShapes } from '../../src/plugins/codecs/autoencoder-kl/parameter-shapes.js';
import { autoencoderTinyOf } from '../../src/plugins/codecs/autoencoder-tiny/autoencoder-tiny.js';
import { autoencoderTinyConfig } from '../../src/plugins/codecs/autoencoder-tiny/config.js';
import { autoencoderTinyShapes } from '../../src/plugins/codecs/autoencoder-tiny/plan.js';
import { namedTensor, relativeDifference, type NetworkFolder } from './network-folder.js';
import { storedConfig, storedTensors, storedWeights } from './stored-part.js';

/** A tensor that was recorded, and how near ours has to be. */
export interface OutputRecord {
  readonly tensor: string;
  readonly tolerance: number;
}

/** What a record says of an autoencoder: calls of both halves. */
export interface CodecRecord {
  readonly encode: readonly {
    readonly name: string;
    readonly image: string;
    readonly outputs: Readonly<Record<string, OutputRecord>>;
  }[];
  readonly decode: readonly {
    readonly name: string;
    readonly latents: string;
    readonly image: string;
    readonly tolerance: number;
  }[];
  /** Images of the record lie in 0 … 1, and its latents are scaled and shifted. */
  readonly ofPipeline?: boolean;
  readonly gradients?: Readonly<Record<string, OutputRecord>>;
}

/** Where an autoencoder is stored: its folder, and its weights where they lie in another file. */
export interface CodecPlace {
  readonly folder: string;
  readonly weights?: { readonly file: string; readonly below: string };
}

/** The checks of an autoencoder by name: each gives its worst difference in units of the tolerance. */
export function codecChecks(
  folder: NetworkFolder,
  record: CodecRecord,
  place: CodecPlace,
  engine: Engine,
): readonly (readonly [name: string, check: () => Promise<number>])[] {
  const call =
    (work: (codec: Codec) => Readonly<Record<string, tf.Tensor>>, outputs: Readonly<Record<string, OutputRecord>>) =>
    () =>
      withCodec(place, engine, (codec) =>
        worstOf(
          folder,
          outputs,
          engine.run(() => tf.tidy(() => work(codec))),
        ),
      );
  const encodes = record.encode.map(({ name, image, outputs }) => {
    const work = (codec: Codec) => moments(codec, nhwc(namedTensor(folder, image), record.ofPipeline ? 2 : 1));
    return [name, call(work, outputs)] as const;
  });
  const decodes = record.decode.map(({ name, latents, image, tolerance }) => {
    const work = (codec: Codec) => ({
      image: nchw(codec.decode(codec.parameters, unscaled(codec, nhwc(namedTensor(folder, latents)), record))),
    });
    return [name, call(work, { image: { tensor: image, tolerance } })] as const;
  });
  const { gradients } = record;
  const sloped = () =>
    withCodec(place, engine, (codec) =>
      worstOf(
        folder,
        gradients ?? {},
        engine.run(() => tf.tidy(() => gradientsOf(codec, folder, record))),
      ),
    );
  return [...encodes, ...decodes, ...(gradients ? [['gradients', sloped] as const] : [])];
}

/** What both halves give, by the names of records. */
function moments(codec: Codec, images: tf.Tensor): Readonly<Record<string, tf.Tensor>> {
  if (!('posterior' in codec)) return { latents: nchw(codec.encode(codec.parameters, images)) };
  const { mean, logVariance } = (codec as AutoencoderKl).posterior(codec.parameters, images);
  return { mean: nchw(mean), logvar: nchw(logVariance) };
}

const unscaled = ({ scale, shift }: Codec, latents: tf.Tensor, { ofPipeline }: CodecRecord): tf.Tensor =>
  ofPipeline ? tf.add(tf.div(latents, scale), shift) : latents;

/** Gradients of mean(latents²) + mean(image²) of the first calls, as files have them. */
function gradientsOf(codec: Codec, folder: NetworkFolder, { encode, decode }: CodecRecord): Record<string, tf.Tensor> {
  const [image, latents] = [encode[0]?.image ?? '', decode[0]?.latents ?? ''].map((name) =>
    nhwc(namedTensor(folder, name)),
  );
  const names = Object.keys(codec.parameters);
  const loss = (...weights: tf.Tensor[]): tf.Tensor => {
    const set: ParameterSet = Object.fromEntries(names.map((name, at) => [name, weights[at] as tf.Tensor]));
    const halves = [codec.encode(set, image as tf.Tensor), codec.decode(set, latents as tf.Tensor)];
    return tf.addN(halves.map((half) => tf.mean(tf.square(half))));
  };
  const slopes = tf.grads(loss)(Object.values(codec.parameters));
  const stored = (name: string, at: number): tf.Tensor => {
    const order = orderOnDisk(codec.layout, name);
    return order === undefined ? (slopes[at] as tf.Tensor) : tf.transpose(slopes[at] as tf.Tensor, [...order]);
  };
  return Object.fromEntries(names.map((name, at) => [name, stored(name, at)]));
}

async function worstOf(
  folder: NetworkFolder,
  outputs: Readonly<Record<string, OutputRecord>>,
  got: Readonly<Record<string, tf.Tensor>>,
): Promise<number> {
  const differences = Object.entries(outputs).map(async ([name, { tensor, tolerance }]) => {
    const data = await (got[name] as tf.Tensor).data();
    return relativeDifference(data, namedTensor(folder, tensor).data) / tolerance;
  });
  const worst = Math.max(...(await Promise.all(differences)));
  tf.dispose({ ...got });
  return worst;
}

/** Images and latents of a record lie as NCHW; images of 0 … 1 become -1 … 1. */
function nhwc({ data, shape }: PlainTensor, range = 1): tf.Tensor {
  const moved = tf.transpose(tf.tensor(data, [...shape], 'float32'), [0, 2, 3, 1]);
  return range === 1 ? moved : tf.sub(tf.mul(moved, range), 1);
}
const nchw = (tensor: tf.Tensor): tf.Tensor => tf.transpose(tensor, [0, 3, 1, 2]);

async function withCodec<T>(
  { folder, weights }: CodecPlace,
  engine: Engine,
  use: (codec: Codec) => Promise<T>,
): Promise<T> {
  const json = (await storedConfig(folder)) ?? {};
  const all = await storedTensors(weights?.file ?? join(folder, 'diffusion_pytorch_model.safetensors'));
  const own = Object.entries(all).filter(([name]) => name.startsWith(weights?.below ?? ''));
  const codec = codecOf(json, Object.fromEntries(own), engine);
  try {
    return await use(codec);
  } finally {
    codec.dispose?.();
  }
}

function codecOf(json: Readonly<Record<string, unknown>>, tensors: PlainTensors, engine: Engine): Codec {
  if (json['_class_name'] === 'AutoencoderTiny') {
    const config = autoencoderTinyConfig.parse(json);
    const names = { specs: autoencoderTinyShapes(config), named: (name: string) => name };
    return autoencoderTinyOf(config, storedWeights(tensors, names, engine));
  }
  const config = autoencoderKlConfig.parse(json);
  const levels = config.block_out_channels.length;
  const named = (old: string): string => autoencoderKlName(old, levels);
  return autoencoderKlOf(config, storedWeights(tensors, { specs: autoencoderKlShapes(config), named }, engine));
}
