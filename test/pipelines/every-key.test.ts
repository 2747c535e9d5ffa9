import * as tf from '@tensorflow/tfjs';
import { of } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DiffusionError } from '../../src/core/errors/diffusion-error.js';
import { diffusion, type Diffusion } from '../../src/pipelines/diffusion.js';
import { standardPlugins } from '../../src/pipelines/presets/standard-plugins.js';

const plugins = {
  engine: 'tfjs-cpu',
  sampler: 'ddim',
  dataset: { name: 'two-moons', config: { size: 64 } },
  guidance: 'cfg',
  conditioner: { name: 'class-label', config: { classes: 2 } },
  denoiser: { name: 'mlp', config: { width: 4, blocks: 1, classes: 3 } },
  'denoiser:weak': { name: 'mlp', config: { width: 4, blocks: 1, classes: 3 } },
};
const recipe = { format: 1, preset: 'ddpm', plugins, sample: { steps: 1, condition: 1 }, train: { steps: 1 } };
let pipeline: Diffusion;
beforeAll(async () => (pipeline = await diffusion(recipe, { plugins: standardPlugins })));
afterAll(() => pipeline.dispose());

const gone = tf.zeros([2]);
gone.dispose();
const revoked = (): object => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};

/** What is right nowhere. */
const WRONG: Readonly<Record<string, unknown>> = {
  ...{ text: 'x'.repeat(3000), NaN: Number.NaN, infinity: Infinity, 'a big number': 2 ** 60, bigint: 3n, null: null },
  ...{
    'a list': [Number.NaN],
    'a list of text': ['x'],
    'a symbol': Symbol('s'),
    'a date': new Date(0),
    'a map': new Map(),
  },
  ...{
    'a promise': Promise.resolve(1),
    'a dead tensor': gone,
    'no floats': new Float32Array(0),
    bytes: new Uint8Array(2),
  },
  ...{ 'three floats': new Float32Array(3), doubles: new Float64Array(2), 'a revoked proxy': revoked() },
  ...{
    'an own __proto__': JSON.parse('{"__proto__": 1}') as object,
    'a constructor': { constructor: 1 },
    half: 0.5 + 1e-9,
  },
};
const two = new Float32Array(2);
const clip = { range: 1 };
const measure = async (): Promise<object> => ({});

/** Where a request holds something: what must be named, and a request with a value there. */
type Place = readonly [named: string, request: (value: unknown) => object, right?: readonly string[]];
const SAMPLE: readonly Place[] = [
  ...[
    'steps',
    'count',
    'seed',
    'seeds',
    'clip',
    'startFrom',
    'inpaint',
    'inpainting',
    'live',
    'swap$',
    'parameters',
    'weakParameters',
  ].map((key): Place => [key, (value) => ({ [key]: value })]),
  ['run', (value) => ({ run: value })],
  // What a conditioner understands, only it knows.
  ['condition', (value) => ({ condition: value }), ['a revoked proxy']],
  ['clip', (value) => ({ clip: { ...clip, range: value } }), ['half', 'infinity', 'a big number']],
  ['clip', (value) => ({ clip: { ...clip, keepNoise: value } })],
  ['startFrom', (value) => ({ startFrom: { data: value, strength: 1 } })],
  ['startFrom', (value) => ({ startFrom: { data: two, strength: value } }), ['half']],
  ['inpaint', (value) => ({ inpaint: { data: value, mask: two } })],
  ['inpaint', (value) => ({ inpaint: { data: two, mask: value } })],
  ['guidance.scale', (value) => ({ live: { 'guidance.scale': value } }), ['a revoked proxy']],
  ...['sampler', 'guidance', 'denoiser', 'parameters'].map((key): Place => [
    key,
    (value) => ({ swap$: of({ [key]: value }) }),
  ]),
];
const TRAIN: readonly Place[] = [
  ...['steps', 'batchSize', 'seed', 'checkpointEvery', 'keep', 'run', 'resume', 'stop$', 'evaluate'].map(
    (key): Place => [key, (value) => ({ [key]: value })],
  ),
  ['evaluate', (value) => ({ evaluate: { every: value, measure } })],
  ['evaluate', (value) => ({ evaluate: { every: 1, measure: value } })],
  ['resume', (value) => ({ resume: { run: value } }), ['text']],
  ['resume', (value) => ({ resume: { allow: value } }), ['a list of text']],
  ['resume', (value) => ({ resume: { checkpoint: value } })],
];

/** Nothing where an attempt is refused as it should be. */
async function faultOf(attempt: Promise<{ dispose(): void }>, named: string): Promise<string | undefined> {
  try {
    (await attempt).dispose();
    return 'it ran';
  } catch (error) {
    if (!(error instanceof DiffusionError)) return `not typed: ${String(error)}`;
    const isRequests = ['RXD_REQUEST_INVALID', 'RXD_CONDITION_INVALID'].includes(error.code);
    const isShort = new TextEncoder().encode(error.message).length <= 2048;
    return isRequests && error.plugin === undefined && isShort && error.message.includes(named)
      ? undefined
      : error.message;
  }
}

async function faults(
  places: readonly Place[],
  run: (request: object) => Promise<{ dispose(): void }>,
): Promise<readonly string[]> {
  const found: string[] = [];
  let tried = 0;
  for (const [named, request, right = []] of places)
    for (const [what, value] of Object.entries(WRONG)) {
      if (right.includes(what)) continue;
      tried++;
      const fault = await faultOf(run(request(value)), named);
      if (fault !== undefined) found.push(`${named}: ${what}: ${fault}`);
    }
  console.log(`requests: ${tried} wrong values, ${tried - found.length} refused as the request's fault by the key`);
  return found;
}

describe('every key of a request, with everything that it cannot be, is refused by name as the request’s fault', () => {
  it('sample', async () => expect(await faults(SAMPLE, (request) => pipeline.sample(request))).toEqual([]));
  it('train', async () => expect(await faults(TRAIN, (request) => pipeline.train(request))).toEqual([]));
});
