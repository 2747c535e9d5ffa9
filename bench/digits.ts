import { readFile } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs';
import {
  checkpointWeights,
  decodeCheckpoint,
  diffusion,
  loadDigits,
  Roles,
  type LabelledImages,
  type Slots,
  type Use,
} from 'rxdiffusion';
import { nodePlugins } from 'rxdiffusion/node';
import { nearestVote, recall, spread } from '../examples/digits/measures.js';
import { median, rounded, type Benchmark, type Figure } from './figures.js';
import { distances, perceptron } from './classifiers.js';

const SAMPLES = 1000;
const HELD_OUT = 150;

/**
 * How good the digits of a checkpoint are, on 1,000 samples: the share that a classifier of real images reads as the
 * digit that was asked for, how far samples are from their nearest training image, against held-out images, and the share
 * of one half of the training images that lies among as many samples, or among the other half.
 *
 * Words: the checkpoint (`out/checkpoint-00001700.safetensors`).
 */
export const digits: Benchmark = async ([path = 'out/checkpoint-00001700.safetensors']) => {
  const training = await loadDigits({ holdOut: HELD_OUT, split: 'train' });
  const heldOut = await loadDigits({ holdOut: HELD_OUT, split: 'held-out' });
  const half = Math.floor(training.labels.length / 2);
  const [one, other] = [spread(training, half), spread(training, half, 1)];
  const classifiers = [
    ['5 nearest training images', nearestVote(training, 5)],
    ['perceptron 64-128-10', await perceptron(training)],
  ] as const;
  const heldOutDistance = median(distances(heldOut, training));
  const row = (what: string, images: LabelledImages, among = images): Figure => ({
    what,
    ...Object.fromEntries(
      classifiers.map(([name, read]) => [`agreement, ${name}`, rounded(agreement(images, read), 4)]),
    ),
    'median distance / held-out': rounded(median(distances(images, training)) / heldOutDistance, 3),
    recall: rounded(recall(one, spread(among, half)), 3),
  });
  return [
    row('held-out real images; recall: the other half', heldOut, other),
    row('guidance of the recipe', await sampled(path)),
    row('guidance 2', await sampled(path, { name: 'cfg', config: { scale: 2 } })),
    row('unguided', await sampled(path, 'none')),
  ];
};

async function sampled(path: string, guidance?: Use): Promise<LabelledImages> {
  const checkpoint = await decodeCheckpoint(await readFile(path), path);
  const { plugins, sample } = checkpoint.recipe;
  const kept = [
    'engine',
    'noise',
    'conditioner',
    'denoiser',
    'schedule',
    'grid',
    'parameterization',
    'guidance',
    'sampler',
  ];
  const slots = Object.fromEntries(kept.map((slot) => [slot, plugins[slot]])) as Slots;
  const recipe = { format: 1, plugins: { ...slots, ...(guidance ? { guidance } : {}) }, sample };
  await using pipeline = await diffusion(recipe, { plugins: nodePlugins });
  const { assembly } = pipeline;
  const parameters = checkpointWeights(checkpoint, assembly.get(Roles.denoiser), assembly.get(Roles.engine));
  const labels = Int32Array.from({ length: SAMPLES }, (_, k) => k % 10);
  const data = new Float32Array(SAMPLES * 64);
  const batch = 100;
  for (let first = 0; first < SAMPLES; first += batch) {
    const condition = [...labels.subarray(first, first + batch)];
    using result = await pipeline.sample({ count: batch, seed: 10_000 + first, condition, parameters });
    data.set(result.images().data, first * 64);
  }
  tf.dispose(parameters);
  return { data, labels, shape: [SAMPLES, 8, 8, 1] };
}

function agreement(images: LabelledImages, read: (images: LabelledImages) => readonly number[]): number {
  const labels = read(images);
  return labels.filter((label, k) => label === images.labels[k]).length / labels.length;
}
