import * as tf from '@tensorflow/tfjs';
import { lastValueFrom, of, toArray } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Classifier } from '../../../src/core/contracts/classifier.js';
import type { Conditioner, ConditionInputs } from '../../../src/core/contracts/conditioning.js';
import type { Denoiser } from '../../../src/core/contracts/denoiser.js';
import type { Guidance } from '../../../src/core/contracts/guidance.js';
import type { StepGrid } from '../../../src/core/contracts/step-grid.js';
import { Roles } from '../../../src/core/assembly/roles.js';
import { pixels } from '../../../src/pipelines/sampling/pixels.js';
import { reverse } from '../../../src/pipelines/sampling/reverse.js';
import type { ReverseParts } from '../../../src/core/sampling/reverse-parts.js';
import type { SampleRequest } from '../../../src/core/sampling/sample-request.js';
import { startingNoise } from '../../../src/pipelines/sampling/starting-noise.js';
import { made } from '../../plugins/plugins-of.js';
import { constantDenoiser, euler, parts } from './parts.js';

/** Two classes of points, each a Gaussian of one width about a mean of its own. */
const [MEANS, STD] = [[-1, 1.5], 0.5] as const;

/** On the flow path at time t: log N(x; (1 - t) mean, variance), up to what both classes share. */
function logDensity(x: tf.Tensor, t: tf.Tensor, mean: tf.Tensor): tf.Tensor {
  const alpha = tf.sub(1, t);
  const variance = tf.add(tf.mul(tf.square(alpha), STD ** 2), tf.square(t));
  return tf.div(tf.square(tf.sub(x, tf.mul(alpha, mean))), tf.mul(variance, -2));
}

function posteriorMean(x: tf.Tensor, t: tf.Tensor, mean: tf.Tensor): tf.Tensor {
  const alpha = tf.sub(1, t);
  const variance = tf.add(tf.mul(tf.square(alpha), STD ** 2), tf.square(t));
  const gain = tf.div(tf.mul(alpha, STD ** 2), variance);
  return tf.add(mean, tf.mul(gain, tf.sub(x, tf.mul(alpha, mean))));
}

const column = (time: tf.Tensor): tf.Tensor => tf.reshape(time, [-1, 1]);
const meansOf = (labels: tf.Tensor | undefined): tf.Tensor =>
  column(tf.gather(tf.tensor1d([...MEANS]), labels as tf.Tensor1D));

/** An ideal network of one class, and one that knows nothing of classes. */
const knowing: Denoiser = {
  info: { sampleShape: [1], classes: 2 },
  parameters: {},
  predict: (_, x, time, { classLabels }) => posteriorMean(x, column(time), meansOf(classLabels)),
};
const ignorant: Denoiser = {
  info: { sampleShape: [1] },
  parameters: {},
  predict(_, x, time) {
    const t = column(time);
    const logits = tf.concat(
      MEANS.map((mean) => logDensity(x, t, tf.scalar(mean))),
      1,
    );
    const each = tf.concat(
      MEANS.map((mean) => posteriorMean(x, t, tf.scalar(mean))),
      1,
    );
    return tf.sum(tf.mul(tf.softmax(logits), each), 1, true);
  },
};

/** The ideal classifier of noisy points. */
const bayes: Classifier = {
  info: { sampleShape: [1], classes: 2 },
  parameters: {},
  logProbability(_, x, time, { classLabels }) {
    const t = column(time);
    const logits = tf.concat(
      MEANS.map((mean) => logDensity(x, t, tf.scalar(mean))),
      1,
    );
    const chosen = tf.oneHot(classLabels as tf.Tensor1D, 2);
    return tf.sum(tf.mul(tf.logSoftmax(logits), chosen), 1);
  },
};

const labelled = (label: number): ConditionInputs => ({
  classLabels: { kind: 'numbers', data: Int32Array.of(label), shape: [1] },
});
const labels: Conditioner = {
  reads: [],
  prepare: (condition) => labelled(Number(condition ?? 0)),
  prepareBatch: () => ({}),
  encode: (_, { classLabels }) => ({ classLabels: classLabels! }),
};

const request = { steps: 8, count: 3 };

async function endOf(use: ReverseParts & ReturnType<typeof parts>, request: SampleRequest): Promise<number[]> {
  const events = await lastValueFrom(of(request).pipe(startingNoise(use), reverse(use), pixels('x'), toArray()));
  return [...(events.at(-2)?.images.data ?? [])];
}

beforeEach(() => tf.setBackend('cpu'));

describe('classifier guidance', () => {
  let guidance: Guidance;
  beforeEach(async () => {
    guidance = await made(Roles.guidance, 'classifier', {});
  });
  // At alpha 0 exactly there is no gradient to follow, so the grid starts just below.
  const grid: StepGrid = {
    levels: (path, steps) => Array.from({ length: steps + 1 }, (_, i) => path.at(0.98 * (1 - i / steps))),
  };
  const using = (classifier: Classifier | undefined) => ({
    ...parts(ignorant),
    grid,
    conditioner: labels,
    guidance,
    classifier,
  });

  it('of an ideal classifier makes an unconditional network the conditional one (Bayes’ rule)', async () => {
    for (const condition of [0, 1]) {
      const guided = await endOf(using(bayes), { ...request, condition });
      const conditional = await endOf({ ...parts(knowing), grid, conditioner: labels }, { ...request, condition });
      guided.forEach((value, i) => expect(value).toBeCloseTo(conditional[i] ?? Number.NaN, 4));
    }
  });

  it('is refused with no classifier, no condition, or samples of another shape', async () => {
    await expect(endOf(using(undefined), request)).rejects.toThrow(/RXD_COMBINATION[^]*slot classifier/);
    const mute = { ...using(bayes), conditioner: undefined };
    await expect(endOf(mute, request)).rejects.toThrow(/RXD_COMBINATION[^]*add a conditioner/);
    const wide = { ...bayes, info: { sampleShape: [2], classes: 2 } };
    await expect(endOf(using(wide), request)).rejects.toThrow(/RXD_COMBINATION[^]*another shape/);
  });

  it('is refused with a classifier that has no gradient', async () => {
    const deaf: Classifier = { ...bayes, logProbability: (_, x) => tf.zeros([x.shape[0] ?? 0]) };
    const stepped: Classifier = { ...bayes, logProbability: (_, x) => tf.reshape(tf.topk(x, 1).values, [-1]) };
    for (const classifier of [deaf, stepped])
      await expect(endOf(using(classifier), { ...request, condition: 1 })).rejects.toThrow(
        /RXD_COMBINATION[^]*gradient/,
      );
  });

  it('is refused with a classifier whose output has another shape', async () => {
    const square: Classifier = { ...bayes, logProbability: (_, x) => x };
    await expect(endOf(using(square), { ...request, condition: 1 })).rejects.toThrow(
      /RXD_PLUGIN_OUTPUT[^]*float32 \[3\]/,
    );
  });
});

describe('autoguidance', () => {
  const tensors: tf.Tensor[] = [];
  const constant = (value: number): Denoiser => {
    const mean = tf.scalar(value);
    tensors.push(mean);
    return constantDenoiser(mean);
  };
  afterEach(() => {
    tf.dispose(tensors.splice(0));
  });

  it('goes away from the weaker network, and takes other weights for it', async () => {
    const guidance = await made(Roles.guidance, 'autoguidance', { scale: 3 });
    const [strong, weak, weaker] = [constant(0.5), constant(0.25), constant(0)];
    const use = { ...parts(strong), guidance, networks: { 'denoiser:weak': weak } };
    const one = { steps: 2 };
    expect(await endOf(use, one)).toEqual(Array(4).fill(0.25 + 3 * 0.25));
    expect(await endOf(use, { ...one, parameters: { 'denoiser:weak': weaker.parameters } })).toEqual(
      Array(4).fill(1.5),
    );
  });

  it('is refused without a weaker network, or with one for other samples', async () => {
    const guidance = await made(Roles.guidance, 'autoguidance', {});
    const use = { ...parts(constant(0.5)), guidance };
    await expect(endOf(use, request)).rejects.toThrow(/RXD_COMBINATION[^]*denoiser:weak/);
    await expect(endOf({ ...use, networks: { 'denoiser:weak': ignorant } }, request)).rejects.toThrow(
      /RXD_COMBINATION[^]*another shape/,
    );
  });
});

describe('a guidance that decouples the noise', () => {
  const pair: Conditioner = {
    ...labels,
    prepare: () => labelled(1),
    prepareNothing: () => labelled(0),
  };

  it('works with a sampler that builds from estimate and noise, clipped or not', async () => {
    const guidance = await made(Roles.guidance, 'cfg-plus-plus', { scale: 0.5 });
    const use = { ...parts(knowing), conditioner: pair, guidance };
    const [free, wide] = [await endOf(use, request), await endOf(use, { ...request, clip: { range: 100 } })];
    expect(wide).toEqual(free);
    expect(free).not.toEqual(
      await endOf({ ...use, guidance: await made(Roles.guidance, 'cfg', { scale: 0.5 }) }, request),
    );
  });

  it('is refused with a sampler that goes on from x', async () => {
    const guidance = await made(Roles.guidance, 'cfg-plus-plus', {});
    for (const name of ['heun', 'unipc', 'lms', 'seeds-2']) {
      const use = { ...parts(knowing, await made(Roles.sampler, name)), conditioner: pair, guidance };
      await expect(endOf(use, request)).rejects.toThrow(/RXD_COMBINATION[^]*choose ddim/);
    }
    const readers = [
      'euler',
      'euler-ancestral',
      'dpmpp-2m',
      'dpmpp-2s-ancestral',
      'res-multistep',
      'gradient-estimation',
    ];
    const reading = await Promise.all([...readers, 'cfgpp-ud10-ab'].map((name) => made(Roles.sampler, name, {})));
    for (const sampler of [euler, await made(Roles.sampler, 'ddim', { eta: 0.5 }), ...reading])
      expect(await endOf({ ...parts(knowing, sampler), conditioner: pair, guidance }, request)).toHaveLength(3);
  });
});

describe('dynamic thresholding', () => {
  it('divides by the quantile of each sample, but not below 1 nor beyond the largest', async () => {
    const far = (factor: number): Denoiser => ({
      info: { sampleShape: [2, 2, 1] },
      parameters: {},
      predict: (_, x) =>
        tf.mul(
          tf.onesLike(x),
          tf.tensor(
            [1, 2, 3, 4].map((v) => v * factor),
            [1, 2, 2, 1],
          ),
        ),
    });
    const last = async (factor: number, max: number) => {
      const use = parts(far(factor));
      const asked = { steps: 1, clip: { quantile: 0.5, max } };
      const events = await lastValueFrom(of(asked).pipe(startingNoise(use), reverse(use), pixels(), toArray()));
      return [...(events.at(-1)?.images.data ?? [])].map((v) => Number(v.toFixed(5)));
    };
    expect(await last(1, 10)).toEqual([0.4, 0.8, 1, 1]);
    expect(await last(0.1, 10)).toEqual([0.1, 0.2, 0.3, 0.4]);
    expect(await last(1, 2)).toEqual([0.5, 1, 1, 1]);
  });
});
