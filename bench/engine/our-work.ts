import { outputOf } from '../../src/core/tensors/network-output.js';
import * as tf from '@tensorflow/tfjs';
import {
  catalogue,
  Roles,
  standardPlugins,
  type Conditioner,
  type Conditioning,
  type Denoiser,
  type Engine,
  type ParameterSet,
} from 'rxdiffusion';
import { trainStep } from '../../src/core/training/train-step.js';

/** A piece of work to time, and what frees it. */
export interface Work {
  readonly run: () => Promise<void>;
  readonly dispose: () => void;
}

/** One network call on noise, with class labels where the network wants some. */
export function forwardWork(engine: Engine, network: Denoiser, batch: number, hasClasses = false): Work {
  const labels = (): Conditioning => (hasClasses ? { classLabels: tf.zeros([batch], 'int32') } : {});
  const input = engine.run(() => ({ ...inputOf(network, batch), conditioning: labels() }));
  const call = engine.compile(({ parameters, x, time, conditioning }: typeof input & { parameters: ParameterSet }) =>
    outputOf(network.predict(parameters, x, time, conditioning)),
  );
  return {
    run: async () => {
      const output = call({ ...input, parameters: network.parameters });
      await engine.realize([output]);
      output.dispose();
    },
    dispose: () => tf.dispose(input),
  };
}

/** One update by Adam: forward, mean squared error, backward, step. Neither clipping nor averages, as the peer has none. */
export async function trainWork(engine: Engine, network: Denoiser, batch: number, hasClasses = false): Promise<Work> {
  const adam = catalogue(standardPlugins).find(Roles.optimizer, 'adam');
  const optimizer = await adam.create({ config: adam.config.parse({ clipNorm: 0, learningRate: 1e-3 }) });
  const step = trainStep({
    denoiser: network,
    objective: {
      coefficients: () => ({}),
      loss: ({ noise, output }) => tf.mean(tf.square(tf.sub(output, noise)), [1, 2, 3]),
    },
    optimizer,
    engine,
    ...(hasClasses ? { conditioner: LABELS } : {}),
  });
  const { x, time } = engine.run(() => inputOf(network, batch));
  const ones = engine.run(() => tf.ones<tf.Rank.R1>([batch]));
  const inputs = engine.run(() => (hasClasses ? { label: tf.zeros([batch], 'int32') } : {}));
  let [parameters, state] = engine.run(() => [copies(network.parameters), optimizer.init(network.parameters)] as const);
  let updates = 0;
  const numbers = (): Record<string, tf.Scalar> =>
    Object.fromEntries(Object.entries(optimizer.scalars(updates++)).map(([name, value]) => [name, tf.scalar(value)]));
  return {
    run: async () => {
      const [scalars, decay] = engine.run(() => [numbers(), tf.scalar(0)] as const);
      const levels = { alpha: ones, sigma: ones, inputScale: ones, time };
      const micro = [{ x0: x, noise: x, ...levels, coefficients: {}, inputs }];
      const next = step({ parameters, frozen: {}, state, average: {}, scalars, decay, micro });
      await engine.realize([...Object.values(next.parameters), ...Object.values(next.state), next.loss]);
      tf.dispose([parameters, state, scalars, decay, next.loss, next.gradientNorm]);
      [parameters, state] = [next.parameters, next.state];
    },
    dispose: () => tf.dispose([x, time, ones, inputs, parameters, state]),
  };
}

/** Hands class labels through. */
const LABELS: Conditioner = {
  reads: [],
  prepare: () => ({}),
  prepareBatch: () => ({}),
  encode: (_, { label }) => ({ classLabels: label as tf.Tensor }),
};

function copies(parameters: ParameterSet): ParameterSet {
  return Object.fromEntries(Object.entries(parameters).map(([name, tensor]) => [name, tf.clone(tensor)]));
}

function inputOf({ info }: Denoiser, batch: number): { readonly x: tf.Tensor; readonly time: tf.Tensor1D } {
  const times = Float32Array.from({ length: batch }, (_, index) => index * 10);
  return { x: tf.randomNormal([batch, ...info.sampleShape]), time: tf.tensor1d(times) };
}
