import * as tf from '@tensorflow/tfjs';
import { Observable, of, throwError } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DiffusionError } from '../../src/core/errors/diffusion-error.js';
import { macrotask } from '../../src/core/loop/macrotask.js';
import { Roles } from '../../src/core/assembly/roles.js';
import { diffusion, type Diffusion } from '../../src/pipelines/diffusion.js';
import { devicePool } from '../../src/pipelines/parallel/device-pool.js';
import { standardPlugins } from '../../src/pipelines/presets/standard-plugins.js';
import { workerDevices } from '../../src/pipelines/parallel/node/worker-devices.js';

const plugins = {
  engine: 'tfjs-cpu',
  sampler: 'ddim',
  dataset: 'two-moons',
  guidance: 'cfg',
  conditioner: { name: 'class-label', config: { classes: 2 } },
  denoiser: { name: 'mlp', config: { width: 4, blocks: 1, classes: 3 } },
};
const recipe = { format: 1, preset: 'ddpm', plugins, sample: { condition: 1 } };
let pipeline: Diffusion;
beforeAll(async () => (pipeline = await diffusion(recipe, { plugins: standardPlugins })));
afterAll(() => pipeline.dispose());

const tired = (): never => {
  throw new Error('tired');
};
/** An object whose key cannot be read. */
const unreadable = (key: string, rest: object = {}): object =>
  Object.defineProperty({ ...rest }, key, { enumerable: true, get: tired });
const closed = (): object => new Proxy({}, { get: tired, ownKeys: tired });
const failing = (): Observable<never> => throwError(() => new Error('tired'));
const unsubscribable = (): Observable<never> => new Observable<never>(tired);
/** An observable whose `subscribe` itself throws. */
const broken = (): object => Object.assign(Object.create(of(1)) as object, { subscribe: tired });
const two = new Float32Array(2);

/** A request with more keys: spreading would read what cannot be read. */
function completed(request: object, keys: object): object {
  for (const [key, value] of Object.entries(keys))
    if (!Reflect.has(request, key)) Object.defineProperty(request, key, { value, enumerable: true });
  return request;
}

async function refusal(attempt: () => Promise<unknown>): Promise<DiffusionError> {
  try {
    await attempt();
  } catch (error) {
    return error as DiffusionError;
  }
  throw new Error('it was not refused');
}

describe('what fails while a request is read, or in what it holds, is the request’s fault, by the name of its key', () => {
  it.each<[string, () => object]>([
    ...['steps', 'seed', 'run', 'condition', 'inpaint'].map((key): [string, () => object] => [
      key,
      () => unreadable(key),
    ]),
    ['inpaint', () => ({ inpaint: unreadable('data', { mask: two }) })],
    ['startFrom', () => ({ startFrom: closed() })],
    ['clip', () => ({ clip: unreadable('range') })],
    ['parameters', () => ({ parameters: closed() })],
    ['live', () => ({ live: unreadable('guidance.scale') })],
    ['guidance.scale', () => ({ live: { 'guidance.scale': failing() } })],
    ['guidance.scale', () => ({ live: { 'guidance.scale': unsubscribable() } })],
    ['guidance.scale', () => ({ live: { 'guidance.scale': broken() } })],
    ['swap$', () => ({ swap$: failing() })],
    ['swap$', () => ({ swap$: broken() })],
    ['sampler', () => ({ swap$: of(unreadable('sampler')) })],
    ['request to sample', () => closed()],
    ['weakParameters', () => ({ weakParameters: {} })],
  ])('sample: %s', async (key, request) => {
    const error = await refusal(() => pipeline.sample(completed(request(), { steps: 3 })));
    expect([error.code, error.plugin, error.message]).toEqual([
      'RXD_REQUEST_INVALID',
      undefined,
      expect.stringContaining(key),
    ]);
  });

  it.each<[string, () => object]>([
    ['batchSize', () => unreadable('batchSize')],
    ['run', () => unreadable('run')],
    ['stop$', () => ({ stop$: failing() })],
    ['stop$', () => ({ stop$: broken() })],
    ['evaluate', () => ({ evaluate: unreadable('every') })],
    ['resume', () => ({ resume: { parameters: {}, optimizer: {}, recipe: {} } })],
    ['resume', () => ({ resume: { checkpoint: { parameters: { w: 1 }, optimizer: {}, recipe, step: 1 } } })],
  ])('train: %s', async (key, request) => {
    // A run that fails in a measurement frees its state once that has come back.
    const error = await refusal(() => pipeline.train(completed(request(), { steps: 2, batchSize: 2 })));
    await macrotask();
    expect([error.code, error.plugin, error.message]).toEqual([
      'RXD_REQUEST_INVALID',
      undefined,
      expect.stringContaining(key),
    ]);
  });

  it('the signal of a call', async () => {
    for (const options of [unreadable('signal'), closed(), Promise.resolve({})])
      expect(await refusal(() => pipeline.sample({}, options))).toMatchObject({ code: 'RXD_REQUEST_INVALID' });
  });

  it('weights of whole numbers', async () => {
    const { parameters } = pipeline.assembly.get(Roles.denoiser);
    const [name = ''] = Object.keys(parameters);
    const { shape } = parameters[name] as tf.Tensor;
    using whole = { value: tf.zeros(shape, 'int32'), [Symbol.dispose]: () => whole.value.dispose() };
    const error = await refusal(() =>
      pipeline.sample({ steps: 1, parameters: { ...parameters, [name]: whole.value } }),
    );
    expect(error.message).toMatch(/RXD_REQUEST_INVALID[^]*parameters[^]*float32/);
  });

  it('of a pool', async () => {
    for (const request of [null, 3, 'x', [], closed(), unreadable('run'), { parameters: {} }])
      expect(await refusal(() => devicePool([]).sample(request as object))).toMatchObject({
        code: 'RXD_REQUEST_INVALID',
      });
  });
});

describe('options of worker threads', () => {
  it.each<[string, () => unknown]>([
    ...[0, -1, 1.5, Number.NaN, '2', 2 ** 30].map((count): [string, () => unknown] => ['count', () => ({ count })]),
    ['coutn', () => ({ coutn: 1 })],
    ['plugins', () => ({ plugins: './mine.js' })],
    ['recipes', () => ({ recipes: [] })],
    ['recipes', () => ({ recipes: recipe })],
    ['parameters', () => ({ parameters: { w: 1 } })],
    ['count', () => unreadable('count')],
    ['workerDevices', () => null],
    ['workerDevices', () => 3],
  ])('%s', async (key, options) => {
    const error = await refusal(() => workerDevices(recipe, options() as object));
    expect([error.code, error.message]).toEqual(['RXD_REQUEST_INVALID', expect.stringContaining(key)]);
  });

  it('a recipe that is none starts no thread', async () => {
    expect(await refusal(() => workerDevices(() => recipe))).toMatchObject({ code: 'RXD_RECIPE_INVALID' });
  });
});
