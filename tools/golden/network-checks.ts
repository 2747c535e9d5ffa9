import { outputOf } from '../../src/core/tensors/network-output.js';
import * as tf from '@tensorflow/tfjs';
import { filter, lastValueFrom, mergeMap, of, toArray } from 'rxjs';
import { reverse, startingNoise, type Denoiser, type Engine, type NoiseSource, type PlainTensor } from 'rxdiffusion';
import { toDisk } from '../../src/core/tensors/parameters.js';
import {
  namedTensor,
  relativeDifference,
  type ForwardRecord,
  type NetworkFolder,
  type TrajectoryRecord,
} from './network-folder.js';
import { isSample, otherInputs, storedSample, toOurs, toTheirs } from './network-inputs.js';
import { schedulerRun } from './scheduler-parts.js';

/** A loaded network and where it runs. */
export interface Network {
  readonly denoiser: Denoiser;
  readonly engine: Engine;
}

/** The numbers of a tensor that nobody else needs. */
async function numbersOf(tensor: tf.Tensor): Promise<Float32Array> {
  const numbers = await tensor.data<'float32'>();
  tensor.dispose();
  return numbers;
}

/** Relative difference of one forward pass. */
export async function forwardDifference(
  { denoiser, engine }: Network,
  folder: NetworkFolder,
  record: ForwardRecord,
): Promise<number> {
  const output = engine.run(() => tf.tidy(() => toTheirs(predict(denoiser, folder, record))));
  return relativeDifference(await numbersOf(output), namedTensor(folder, record.output).data);
}

/** Relative differences of the gradients of mean(output²), by name, each in units of its tolerance. */
export async function gradientDifferences(
  { denoiser, engine }: Network,
  folder: NetworkFolder,
): Promise<readonly (readonly [string, number])[]> {
  const [record] = folder.record.forward;
  const wanted = Object.entries(folder.record.gradients?.with_respect_to ?? {});
  if (record === undefined || wanted.length === 0) return [];
  const names = Object.keys(denoiser.parameters);
  const slopes = engine.run(() =>
    tf.tidy(() => {
      const loss = (x: tf.Tensor, ...weights: tf.Tensor[]): tf.Scalar => {
        const parameters = Object.fromEntries(names.map((name, i) => [name, weights[i] as tf.Tensor]));
        return tf.mean(tf.square(predict({ ...denoiser, parameters }, folder, record, x)));
      };
      const inputs = [toOurs(storedSample(folder, record)), ...Object.values(denoiser.parameters)];
      const [ofSample, ...ofWeights] = tf.grads(loss)(inputs);
      return wanted.map(([name]) =>
        isSample(name) ? toTheirs(ofSample as tf.Tensor) : (ofWeights[names.indexOf(name)] as tf.Tensor),
      );
    }),
  );
  const differenceOf = async (slope: tf.Tensor, index: number) => {
    const [name, { tensor, tolerance }] = wanted[index] as (typeof wanted)[number];
    const { shape } = slope;
    const data = await numbersOf(slope);
    const got = isSample(name) ? data : onDisk(denoiser, name, { dtype: 'float32', shape, data });
    return [name, relativeDifference(got, namedTensor(folder, tensor).data) / tolerance] as const;
  };
  return Promise.all(slopes.map(differenceOf));
}

function onDisk(denoiser: Denoiser, name: string, plain: PlainTensor): ArrayLike<number> {
  return toDisk({ [name]: plain }, denoiser.layout)[name]?.data ?? [];
}

function predict(
  denoiser: Denoiser,
  folder: NetworkFolder,
  record: ForwardRecord,
  x = toOurs(storedSample(folder, record)),
): tf.Tensor {
  const { time, conditioning } = otherInputs(folder, record, denoiser);
  return outputOf(denoiser.predict(denoiser.parameters, x, time, conditioning));
}

/** The worst relative difference of the states of a whole run by the pipeline's own operators. */
export async function trajectoryDifference(
  { denoiser, engine }: Network,
  folder: NetworkFolder,
  record: TrajectoryRecord,
): Promise<number> {
  const { scheduler, steps, eta = 0 } = record;
  const { reading, levels, ...plugins } = await schedulerRun(scheduler, { steps, step: { eta } });
  const parts = {
    ...{ ...plugins, engine, denoiser: labelled(denoiser, folder, record) },
    noise: recordedNoise(folder, record),
    grid: { levels: () => levels },
    sampleShape: denoiser.info.sampleShape,
  };
  const [batch = 1] = namedTensor(folder, record.sample).shape;
  const request = {
    ...reading.request,
    seeds: Array.from({ length: batch }, (_, sample) => sample),
  };
  const states = await lastValueFrom(
    of(request).pipe(
      startingNoise(parts),
      reverse(parts),
      filter((event) => event.kind === 'step'),
      mergeMap(async ({ index, x }) => ({ step: index + 1, x: await numbersOf(engine.run(() => toTheirs(x))) })),
      toArray(),
    ),
  );
  const expected = namedTensor(folder, record.states);
  const size = expected.data.length / record.after_steps.length;
  const differences = record.after_steps.map((step, index) => {
    const got = states.find((state) => state.step === step)?.x ?? [];
    return relativeDifference(got, expected.data.subarray(index * size, (index + 1) * size));
  });
  return Math.max(...differences);
}

/** A network that is told the record's labels in every call. */
function labelled(denoiser: Denoiser, folder: NetworkFolder, { class_labels: name }: TrajectoryRecord): Denoiser {
  if (name === undefined) return denoiser;
  const dtype = denoiser.info.takes?.['classLabels']?.dtype ?? 'int32';
  const { data, shape } = namedTensor(folder, name);
  return {
    ...denoiser,
    info: { ...denoiser.info, takes: {} },
    predict: (weights, x, time, _, ...rest) =>
      denoiser.predict(weights, x, time, { classLabels: tf.tensor(data, [...shape], dtype) }, ...rest),
  };
}

/** Sample k of the batch has seed k: its start and the noise of each of its steps are the record's. */
function recordedNoise(folder: NetworkFolder, { sample, noise }: TrajectoryRecord): NoiseSource {
  const pick = (name: string | undefined, at: number, count: number, channels: number): Float64Array => {
    if (name === undefined) throw new Error('this run draws noise that was not recorded');
    const numbers = namedTensor(folder, name).data.subarray(at * count, (at + 1) * count);
    const pixels = count / channels;
    return Float64Array.from(
      { length: count },
      (_, i) => numbers[(i % channels) * pixels + Math.floor(i / channels)] ?? Number.NaN,
    );
  };
  const [batch = 1, channels = 1] = namedTensor(folder, sample).shape;
  return {
    normal: ({ seed, purpose, step }, count) =>
      purpose === 'start' ? pick(sample, seed, count, channels) : pick(noise, step * batch + seed, count, channels),
    uniform: () => {
      throw new Error('a sampling run draws no uniform numbers');
    },
  };
}
