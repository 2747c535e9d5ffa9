import * as tf from '@tensorflow/tfjs';
import type { Codec } from '../contracts/codec.js';
import type { Engine } from '../contracts/engine.js';
import type { ParameterSet } from '../contracts/parameters.js';
import { DiffusionError } from '../errors/diffusion-error.js';
import { realized } from '../loop/realized.js';
import { refuseCancelled } from '../loop/refuse-cancelled.js';
import { allFinite } from '../math/all-finite.js';
import { identityOf } from '../assembly/plugin-identity.js';
import { cellOf, imageShapeOf, latentShapeOf } from './codec-shapes.js';
import { tiled } from './tiled.js';
import { tilePlan, type Tiling } from './tile-plan.js';
import { compiledOnce } from '../tensors/compiled-once.js';
import { scoped } from '../tensors/scoped.js';

/** Who encodes and decodes, and where. */
export interface Coding {
  readonly engine: Engine;
  readonly codec: Codec;
  /** Weights of the codec, where they are not its own. */
  readonly parameters?: ParameterSet | undefined;
  /** How large images are taken apart; in one piece where absent, if the codec takes them so. */
  readonly tiling?: Tiling | undefined;
}

/** What is under way while images are encoded. */
const ENCODING = 'its images were encoded';

type CodecInput = { readonly parameters: ParameterSet; readonly x: tf.Tensor };

/**
 * The latents of images, scaled and shifted as the network has them. Plain data to plain data: nothing is left where it
 * fails or is cancelled.
 *
 * @param images - row by row
 * @param latentShape - of one row; that of the codec where absent
 * @param cancelled - whether nobody waits for it any more
 * @param noise - unit normal noise, a number for each of the latents, by which they are drawn where the codec has `moments`
 * @throws DiffusionError `RXD_PLUGIN_OUTPUT` and `RXD_PLUGIN_FAILED` for what the codec does wrong, `RXD_ABORTED` where it
 * was cancelled, `RXD_REQUEST_INVALID` for images of a size that the codec does not take, `RXD_ENGINE_UNAVAILABLE`, `RXD_ENGINE_FAILED`
 */
export async function encodedImages(
  { engine, codec, parameters = codec.parameters, tiling }: Coding,
  images: Float32Array,
  cancelled?: () => boolean,
  latentShape: readonly number[] = codec.info.latentShape,
  noise?: Float32Array,
): Promise<Float32Array> {
  await engine.start();
  refuseCancelled(cancelled, ENCODING);
  const imageShape = imageShapeOf(codec.info, latentShape);
  const rows = images.length / imageShape.reduce((product, side) => product * side, 1);
  const plan = tilePlan(codec, latentShape, tiling);
  const isDrawn = noise !== undefined && codec.moments !== undefined;
  const call = isDrawn ? momentsCall(engine, codec) : encodeCall(engine, codec);
  const encode = (x: tf.Tensor): tf.Tensor => call({ parameters, x });
  const units = { input: cellOf(codec.info) ?? WHOLE, output: WHOLE };
  const latents = engine.run(() =>
    scoped(() => {
      const x = tf.tensor(images, [rows, ...imageShape]);
      return plan ? tiled(x, encode, plan, units) : encode(x);
    }),
  );
  try {
    await realized(engine, [latents]);
    refuseCancelled(cancelled, ENCODING);
    const values = Float32Array.from(await latents.data());
    refuseCancelled(cancelled, ENCODING);
    if (!allFinite(values)) throw wrong(codec, isDrawn ? 'moments' : 'encode', 'NaN or infinity', 'finite numbers');
    return isDrawn ? drawn(values, noise, latentShape.at(-1) ?? 1) : values;
  } finally {
    latents.dispose();
  }
}

/**
 * The images of latents as the network has them: a new tensor, which belongs to the caller.
 *
 * @throws DiffusionError `RXD_PLUGIN_OUTPUT` and `RXD_PLUGIN_FAILED` for what the codec does wrong
 */
export function decodedLatents(
  { engine, codec, parameters = codec.parameters, tiling }: Coding,
  latents: tf.Tensor,
): tf.Tensor {
  const plan = tilePlan(codec, latents.shape.slice(1), tiling);
  const decode = (x: tf.Tensor): tf.Tensor => decodeCall(engine, codec)({ parameters, x });
  const units = { input: WHOLE, output: cellOf(codec.info) ?? WHOLE };
  return engine.run(() => scoped(() => (plan ? tiled(latents, decode, plan, units) : decode(latents))));
}

/** A cell of latents is one of them. */
const WHOLE = [1, 1] as const;

const encodeCall = compiledOnce((engine, codec: Codec) =>
  engine.compile(({ parameters, x }: CodecInput) => {
    const latents = checked(codec, 'encode', codec.encode(parameters, x), [
      x.shape[0] ?? 0,
      ...latentShapeOf(codec.info, x.shape.slice(1)),
    ]);
    return tf.mul(tf.sub(latents, codec.shift), codec.scale);
  }),
);

/** Mean and deviation, scaled and shifted as latents are. */
const momentsCall = compiledOnce((engine, codec: Codec) =>
  engine.compile(({ parameters, x }: CodecInput) => {
    const shape = latentShapeOf(codec.info, x.shape.slice(1));
    const channels = shape.at(-1) ?? 1;
    const expected = [x.shape[0] ?? 0, ...shape.slice(0, -1), 2 * channels];
    const moments = checked(codec, 'moments', codec.moments?.(parameters, x), expected);
    const [mean, deviation] = tf.split(moments, 2, -1) as [tf.Tensor, tf.Tensor];
    return tf.concat([tf.mul(tf.sub(mean, codec.shift), codec.scale), tf.mul(deviation, Math.abs(codec.scale))], -1);
  }),
);

/** `mean + deviation * noise`, of means and deviations side by side in each place. */
function drawn(moments: Float32Array, noise: Float32Array, channels: number): Float32Array {
  return noise.map((draw, at) => {
    const first = 2 * at - (at % channels);
    return (moments[first] ?? Number.NaN) + (moments[first + channels] ?? Number.NaN) * draw;
  });
}

const decodeCall = compiledOnce((engine, codec: Codec) =>
  engine.compile(({ parameters, x }: CodecInput) => {
    const latents = tf.add(tf.div(x, codec.scale), codec.shift);
    const images = codec.decode(parameters, latents);
    // A clone, so that a codec may return a tensor that it keeps.
    return tf.clone(checked(codec, 'decode', images, [x.shape[0] ?? 0, ...imageShapeOf(codec.info, x.shape.slice(1))]));
  }),
);

function checked(codec: Codec, half: Half, made: tf.Tensor | undefined, shape: readonly number[]): tf.Tensor {
  const said = made instanceof tf.Tensor ? `${made.dtype} [${made.shape.join(', ')}]` : typeof made;
  const expected = `float32 [${shape.join(', ')}]`;
  if (said === expected) return made as tf.Tensor;
  throw wrong(codec, half, said, expected);
}

type Half = 'encode' | 'decode' | 'moments';

function wrong(codec: Codec, half: Half, got: string, expected: string): DiffusionError {
  return new DiffusionError('RXD_PLUGIN_OUTPUT', {
    problem: `\`${half}\` of the codec did not give what \`info\` says`,
    got,
    expected,
    fix: 'return a tensor with a row for each sample, of the shape that `info` says',
    plugin: identityOf(codec, 'codec'),
  });
}
