import * as tf from '@tensorflow/tfjs';
import type { LabelledImages } from 'rxdiffusion';
import { squaredDistances } from '../examples/digits/measures.js';

/** Reads the digit of each image. */
export type Classifier = (images: LabelledImages) => readonly number[];

/** Euclidean distance of each image to its nearest training image. */
export function distances(images: LabelledImages, training: LabelledImages): number[] {
  return squaredDistances(images, training).map((row) => Math.sqrt(Math.min(...row)));
}

/** A network with one hidden layer of 128, trained on the real images only. */
export async function perceptron(training: LabelledImages): Promise<Classifier> {
  await tf.setBackend('cpu');
  const model = tf.sequential({
    layers: [
      tf.layers.dense({
        inputShape: [64],
        units: 128,
        activation: 'relu',
        kernelInitializer: tf.initializers.glorotUniform({ seed: 1 }),
      }),
      tf.layers.dense({
        units: 10,
        activation: 'softmax',
        kernelInitializer: tf.initializers.glorotUniform({ seed: 2 }),
      }),
    ],
  });
  model.compile({ optimizer: tf.train.adam(3e-3), loss: 'sparseCategoricalCrossentropy' });
  const [x, y] = [tf.tensor2d(training.data, [training.labels.length, 64]), tf.tensor1d(training.labels, 'float32')];
  await model.fit(x, y, { epochs: 60, batchSize: 64, shuffle: true, verbose: 0 });
  tf.dispose([x, y]);
  return (images) =>
    tf.tidy(() => {
      const output = model.predict(tf.tensor2d(images.data, [images.labels.length, 64])) as tf.Tensor2D;
      return [...tf.argMax(output, 1).dataSync()];
    });
}
