import * as tf from '@tensorflow/tfjs';
import { lastValueFrom, toArray } from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import type { TrainEvent, TrainStep } from '../../src/core/loop/train-events.js';
import { definePlugin } from '../../src/core/assembly/define-plugin.js';
import type { Slots } from '../../src/core/assembly/recipe.js';
import { Roles } from '../../src/core/assembly/roles.js';
import { loadNewest } from '../../src/core/storage/stored-runs.js';
import { averageGradients, type BatchGradients, type JoinGradients } from '../../src/core/training/batch-gradients.js';
import { diffusion, type Diffusion } from '../../src/pipelines/diffusion.js';
import { standardPlugins } from '../../src/pipelines/presets/standard-plugins.js';
import type { TrainOptions } from '../../src/pipelines/train-function.js';
import { liveTensors } from '../leak-guard.js';

/** A network of points that adds losses of its own: one number, and one for each sample. */
const sparing = definePlugin({
  role: Roles.denoiser,
  name: 'sparing',
  config: z.strictObject({}),
  create: () => {
    const parameters = { scale: tf.tensor([0.5, 0.25]), shift: tf.tensor([0.1, -0.1]) };
    return {
      info: { sampleShape: [2] },
      parameters,
      predict({ scale, shift }, x) {
        const scaled = tf.mul(x, scale as tf.Tensor);
        const losses = { size: tf.mean(tf.square(scale as tf.Tensor)), spread: tf.mean(tf.abs(scaled), 1) };
        return { output: tf.add(scaled, shift as tf.Tensor), losses };
      },
      dispose: () => tf.dispose(parameters),
    };
  },
});

const conditional: Slots = {
  denoiser: { name: 'mlp', config: { width: 8, blocks: 1, classes: 3 } },
  conditioner: { name: 'class-label', config: { classes: 2, dropout: 0.3 } },
};
const withLosses: Slots = { denoiser: 'sparing' };

const pipelines: Diffusion[] = [];
afterEach(async () => {
  for (const pipeline of pipelines.splice(0)) await pipeline.dispose();
});

async function pipelineOf(slots: Slots, batchSize = 12): Promise<Diffusion> {
  const dataset = { name: 'two-moons', config: { size: 40 } };
  const optimizer = { name: 'adamw', config: { learningRate: 0.02 } };
  const plugins = {
    engine: 'tfjs-cpu',
    dataset,
    optimizer,
    average: { name: 'ema', config: { decay: 0.1 } },
    ...slots,
  };
  const recipe = { format: 1, preset: 'ddpm', plugins, train: { batchSize, seed: 3, steps: 8 } };
  const pipeline = await diffusion(recipe, { plugins: [...standardPlugins, sparing] });
  pipelines.push(pipeline);
  return pipeline;
}

/** Lets workers wait for one another, and gives each the mean. */
function meeting(workers: number): (index: number) => JoinGradients {
  let come: BatchGradients[] = [];
  let waiting: ((joined: BatchGradients) => void)[] = [];
  return (index) => (own) =>
    new Promise((resolve) => {
      come[index] = own;
      waiting.push(resolve);
      if (waiting.length < workers) return;
      for (const give of waiting) give(averageGradients(come));
      [come, waiting] = [[], []];
    });
}

async function weightsOf({ train }: Diffusion, ask: TrainOptions = {}): Promise<readonly number[]> {
  using result = await train(ask);
  const sorted = Object.entries(result.parameters).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return sorted.flatMap(([, tensor]) => [...tensor.dataSync()]);
}

async function together(slots: Slots, of: number, batchSize?: number): Promise<readonly (readonly number[])[]> {
  const meet = meeting(of);
  const workers = await Promise.all(Array.from({ length: of }, () => pipelineOf(slots, batchSize)));
  const asks = workers.map((worker, index) => weightsOf(worker, { share: { index, of }, joinGradients: meet(index) }));
  return Promise.all(asks);
}

const apart = (a: readonly number[], b: readonly number[] = []): number =>
  Math.max(...a.map((value, i) => Math.abs(value - (b[i] ?? Number.NaN))));

describe('pipelines with a share of each batch', () => {
  it.each<[what: string, slots: Slots, workers: number, batchSize: number]>([
    ['2 with a conditioner', conditional, 2, 12],
    ['2 with losses of the network', withLosses, 2, 12],
    ['3 with shares of unequal size', conditional, 3, 10],
    ['3 with one example each', withLosses, 3, 3],
  ])('train what one trains: %s', async (what, slots, workers, batchSize) => {
    const whole = await weightsOf(await pipelineOf(slots, batchSize));
    const [first, ...others] = await together(slots, workers, batchSize);
    for (const other of others) expect(other).toEqual(first);
    console.log(`${what}: ${apart(whole, first)} from one pipeline with the whole batch`);
    expect(apart(whole, first)).toBeLessThan(1e-6);
  });

  it('say losses of the network and the examples of the worker in their events', async () => {
    const stepsOf = async (ask: TrainOptions): Promise<readonly TrainStep[]> => {
      const events$ = (await pipelineOf(withLosses)).train.events({ steps: 2, ...ask });
      const events: readonly TrainEvent[] = await lastValueFrom(events$.pipe(toArray()));
      return events.filter((event): event is TrainStep => event.kind === 'step');
    };
    const whole = await stepsOf({});
    const meet = meeting(2);
    const halves = await Promise.all(
      [0, 1].map((index) => stepsOf({ share: { index, of: 2 }, joinGradients: meet(index) })),
    );
    for (const half of halves)
      for (const [i, { loss, losses = {}, batchSize }] of half.entries()) {
        expect(batchSize).toBe(6);
        expect(loss).toBeCloseTo(whole[i]?.loss ?? Number.NaN, 6);
        expect(Object.keys(losses)).toEqual(['size', 'spread']);
        expect(losses['spread']).toBeCloseTo(whole[i]?.losses?.['spread'] ?? Number.NaN, 6);
      }
  });

  it('go on from the checkpoint that one of them wrote', async () => {
    const whole = await weightsOf(await pipelineOf(conditional));
    const [meet, again] = [meeting(2), meeting(2)];
    const writer = await pipelineOf({ ...conditional, store: 'memory' });
    const workers = [writer, await pipelineOf(conditional)];
    const asked = (join: typeof meet, index: number) => ({ share: { index, of: 2 }, joinGradients: join(index) });
    await Promise.all(workers.map((worker, index) => weightsOf(worker, { steps: 4, ...asked(meet, index) })));
    const resume = (await loadNewest(writer.assembly.get(Roles.store)))?.checkpoint;
    const late = [await pipelineOf(conditional), await pipelineOf(conditional)];
    const ends = await Promise.all(
      late.map((worker, index) => weightsOf(worker, { ...(resume ? { resume } : {}), ...asked(again, index) })),
    );
    for (const end of ends) expect(apart(whole, end)).toBeLessThan(1e-6);
  });

  it('wait no longer than their signal lets them', async () => {
    const abort = new AbortController();
    const joinGradients = (): Promise<BatchGradients> => {
      abort.abort();
      return new Promise(() => undefined);
    };
    const { train } = await pipelineOf(conditional);
    const held = liveTensors();
    const ask = { share: { index: 0, of: 2 }, joinGradients };
    await expect(train(ask, { signal: abort.signal })).rejects.toMatchObject({ code: 'RXD_ABORTED' });
    await vi.waitFor(() => expect(liveTensors()).toBe(held));
  });

  it.each<[ask: TrainOptions, says: RegExp]>([
    [{ share: { index: 2, of: 2 } }, /share[^]*from 0 to/],
    [{ share: { index: -1, of: 2 } }, /share\.index/],
    [{ share: { index: 0, of: 13 } }, /more workers than examples[^]*12[^]*13/],
    [{ joinGradients: 3 as unknown as JoinGradients }, /joinGradients[^]*function/],
  ])('are refused %j', async (ask, says) => {
    const { train } = await pipelineOf(conditional);
    await expect(train(ask)).rejects.toMatchObject({
      code: 'RXD_REQUEST_INVALID',
      message: expect.stringMatching(says) as string,
    });
  });
});
