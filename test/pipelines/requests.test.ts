import * as tf from '@tensorflow/tfjs';
import { NEVER, of } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { DiffusionError } from '../../src/core/errors/diffusion-error.js';
import { diffusion, type Diffusion } from '../../src/pipelines/diffusion.js';
import { portDevice } from '../../src/pipelines/parallel/port-device.js';
import { checkDeviceRequest } from '../../src/core/sampling/start/read-sample-request.js';
import { standardPlugins } from '../../src/pipelines/presets/standard-plugins.js';
import { allowTensors } from '../leak-guard.js';

/** Requests come from JavaScript too: what types refuse must be refused all the same. */
const asked = (request: unknown): object => request as object;

const network = { sample_size: 8, in_channels: 1, out_channels: 1, block_out_channels: [8], layers_per_block: 1 };
const blocks = { down_block_types: ['DownBlock2D'], up_block_types: ['UpBlock2D'], norm_num_groups: 4 };
const recipe = {
  format: 1,
  preset: 'ddpm',
  plugins: {
    engine: 'tfjs-cpu',
    sampler: 'ddim',
    dataset: 'digits',
    guidance: 'cfg',
    conditioner: { name: 'class-label', config: { classes: 10 } },
    denoiser: { name: 'unet2d', config: { ...network, ...blocks, num_class_embeds: 11 } },
  },
  sample: { steps: 1, condition: 3 },
  train: { steps: 1, batchSize: 2 },
};
let pipeline: Diffusion;
beforeAll(async () => (pipeline = await diffusion(recipe, { plugins: standardPlugins })));
afterAll(() => pipeline.dispose());

async function refusal(attempt: () => Promise<{ dispose(): void }>): Promise<DiffusionError> {
  try {
    (await attempt()).dispose();
  } catch (error) {
    if (error instanceof DiffusionError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

/** Each part of a pattern, in whatever order. */
function expectSaid({ message }: DiffusionError, says: RegExp): void {
  for (const part of says.source.split('[^]*')) expect(message).toMatch(new RegExp(part));
}

const floats = (value: number): Float32Array => new Float32Array(64).fill(value);
const json = (text: string): unknown => JSON.parse(text);

describe('a request that cannot be is refused by the name of its key, as the request’s fault', () => {
  it.each<[says: RegExp, request: unknown]>([
    [/'stpes'[^]*did you mean 'steps'/, { stpes: 4 }],
    [/'sampelr'/, { sampelr: 'euler' }],
    [/'shape'/, { shape: [3] }],
    [/'constructor'/, { constructor: 1 }],
    [/'__proto__'/, json('{ "__proto__": 1 }')],
    [/'toString'/, { toString: 1 }],
    [/not an object/, null],
    [/not an object/, [4]],
    [/not an object[^]*Promise/, Promise.resolve({ steps: 1 })],
    [/not an object[^]*Map/, new Map()],
    [/not an object/, 4],
    [/steps/, { steps: 2 ** 31 }],
    [/count/, { count: 2 ** 40 }],
    [/count/, { count: 0 }],
    [/seed/, { seed: 0.5 }],
    [/seeds/, { seeds: [] }],
    [/seeds/, { seeds: [1, Number.NaN] }],
    [/disagree/, { count: 3, seeds: [1] }],
    [/`run`/, { run: '../up' }],
    [/clip[^]*range/, { clip: { rnage: 1 } }],
    [/startFrom[^]*did you mean 'strength'/, { startFrom: { data: floats(0), strengt: 0.5 } }],
    [/startFrom.data[^]*Float32Array/, { startFrom: { data: [...floats(0)], strength: 0.5 } }],
    [/startFrom.data[^]*finite/, { startFrom: { data: floats(Number.NaN), strength: 0.5 } }],
    [/startFrom.data[^]*64/, { startFrom: { data: new Float32Array(63), strength: 0.5 } }],
    [/strength/, { startFrom: { data: floats(0), strength: 2 } }],
    [/inpaint.mask[^]*Float32Array/, { inpaint: { data: floats(0) } }],
    [/inpaint.mask[^]*range/, { inpaint: { data: floats(0), mask: floats(1.5) } }],
    [/inpaint.mask[^]*finite/, { inpaint: { data: floats(0), mask: floats(Number.NaN) } }],
    [/parameters[^]*tensors by name/, { parameters: 3 }],
    [/expected a tensor[^]*weight/, { parameters: { weight: [1, 2] } }],
    [/live/, { live: 3 }],
    [/expected an Observable, got number[^]*guidance.scale/, { live: { 'guidance.scale': 3 } }],
    [/did you mean 'guidance.scale'/, { live: { 'guidance.scael': of(3) } }],
    [/constructor/, { live: { constructor: of(3) } }],
    [/toString/, { live: { toString: of(3) } }],
    [/swap\$/, { swap$: { sampler: 'euler' } }],
    [/'sampelr'/, { swap$: of({ sampelr: 1 }) }],
    [/sampler[^]*init and step/, { swap$: of({ sampler: 'euler' }) }],
  ])('sample: %s', async (says, request) => {
    const error = await refusal(() => pipeline.sample(asked(request)));
    expect([error.code, error.plugin]).toEqual(['RXD_REQUEST_INVALID', undefined]);
    expectSaid(error, says);
  });

  it.each<[says: RegExp, request: unknown]>([
    [/'bachSize'[^]*did you mean 'batchSize'/, { bachSize: 8 }],
    [/'constructor'/, { constructor: 1 }],
    [/not an object/, null],
    [/steps/, { steps: 2 ** 31 }],
    [/batchSize/, { batchSize: -1 }],
    [/evaluate[^]*did you mean 'every'/, { evaluate: { evry: 1, measure: () => ({}) } }],
    [/evaluate.every/, { evaluate: { every: 0, measure: () => ({}) } }],
    [/evaluate.measure[^]*function/, { evaluate: { every: 1 } }],
    [/stop\$[^]*Observable/, { stop$: true }],
    [/resume/, { resume: 'latest' }],
  ])('train: %s', async (says, request) => {
    const error = await refusal(() => pipeline.train(asked(request)));
    expect([error.code, error.plugin]).toEqual(['RXD_REQUEST_INVALID', undefined]);
    expectSaid(error, says);
  });

  it.each([10, 11, -1, 1.5, 'three', null, [3, 3], [10]])('a condition: %j', async (condition) => {
    const error = await refusal(() => pipeline.sample({ condition }));
    expect([error.code, error.plugin]).toEqual(['RXD_CONDITION_INVALID', undefined]);
  });

  it('options of a call, and of a pipeline', async () => {
    const signal = { signal: 3 } as object;
    expect((await refusal(() => pipeline.sample({}, { singal: 1 } as object))).message).toMatch(/'signal'/);
    expect((await refusal(() => pipeline.train({}, signal))).message).toMatch(/AbortSignal/);
    const options = { plugins: standardPlugins, plugin: [] };
    const made = async (): Promise<Diffusion> => diffusion(recipe, options);
    await expect(made()).rejects.toThrow(/RXD_REQUEST_INVALID[^]*did you mean 'plugins'/);
  });

  it('what crosses to a device, before it crosses', () => {
    const send = vi.fn<(command: unknown) => void>();
    const device = portDevice({ name: 'far', send, answers$: NEVER, close: async () => undefined });
    const refused = (request: unknown): unknown => {
      let failure: unknown;
      device.run(asked(request)).subscribe({ error: (error: unknown) => (failure = error) });
      return failure;
    };
    expect(refused({ stpes: 1 })).toMatchObject({ code: 'RXD_REQUEST_INVALID' });
    expect(refused({ preview: { evry: 1 } })).toMatchObject({ code: 'RXD_REQUEST_INVALID' });
    expect(refused({ condition: () => 3 })).toMatchObject({ code: 'RXD_REQUEST_INVALID' });
    expect(refused({ weakParameters: {} })).toMatchObject({ code: 'RXD_REQUEST_INVALID' });
    expect(send).not.toHaveBeenCalled();
  });
});

describe('weights that are given to a run', () => {
  it('are alive, and have the names and shapes of the network’s', async () => {
    const own = (await import('../../src/core/assembly/roles.js')).Roles.denoiser;
    const { parameters } = pipeline.assembly.get(own);
    const [name = ''] = Object.keys(parameters);
    const dead = tf.ones([1]);
    dead.dispose();
    const disposed = await refusal(() => pipeline.sample({ parameters: { ...parameters, [name]: dead } }));
    expect([disposed.code, disposed.message]).toEqual(['RXD_REQUEST_INVALID', expect.stringContaining('disposed')]);
    using other = { value: tf.ones([1]), [Symbol.dispose]: () => other.value.dispose() };
    const misfit = await refusal(() => pipeline.sample({ parameters: { ...parameters, [name]: other.value } }));
    expect([misfit.code, misfit.message]).toEqual(['RXD_PARAMETERS_MISMATCH', expect.stringContaining(name)]);
  });
});

describe('images', () => {
  it('whose range looks like 0 … 255 are warned of, once', async () => {
    allowTensors(0);
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const startFrom = { data: floats(200), strength: 1 };
    (await pipeline.sample({ startFrom })).dispose();
    (await pipeline.sample({ startFrom })).dispose();
    (await pipeline.sample({ startFrom: { data: floats(1), strength: 1 } })).dispose();
    expect(warn.mock.calls).toEqual([[expect.stringMatching(/startFrom.data.*0 … 255.*\[-1, 1\]/)]]);
    warn.mockRestore();
  });

  it('keys that are undefined are absent', async () => {
    using result = await pipeline.sample({ steps: undefined, condition: undefined } as object);
    expect(result.nfe).toBe(1);
  });
});

describe('a request to a device', () => {
  it.each([{}, { steps: 2 }, { steps: 2, condition: undefined }, { condition: [1, 2], preview: { every: 2 } }])(
    'may leave out what the recipe says: %j',
    (request) => {
      expect(() => checkDeviceRequest(request)).not.toThrow();
    },
  );
});
