import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReadableTensors, Slots } from 'rxdiffusion';
import { readPipeline, writePipeline, type PipelineReading, type WritablePipeline } from 'rxdiffusion/diffusers';
import { openFile, readFolder, writeFolder } from 'rxdiffusion/node';
import { composedFolder, DDIM } from './pipeline-parts.js';

const LCM = 'test/golden/pipelines/lcm';
const ONE = 'test/golden/single-files';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rxd-write-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const oneFile = async (name: string): Promise<PipelineReading> =>
  readPipeline(await openFile(`${ONE}/${name}/${name}.safetensors`), {
    config: readFolder(`${ONE}/${name}`),
    steps: 4,
  });

const ofClasses = composedFolder(
  {
    transformer: 'test/golden/transformers/dit-learned-sigma/transformer',
    vae: 'test/golden/autoencoders/kl-attention/vae',
  },
  {
    'model_index.json': {
      _class_name: 'DiTPipeline',
      scheduler: ['diffusers', 'DDIMScheduler'],
      transformer: ['diffusers', 'DiTTransformer2DModel'],
      vae: ['diffusers', 'AutoencoderKL'],
    },
    'scheduler/scheduler_config.json': DDIM,
  },
);

const MODELS: Readonly<Record<string, () => Promise<PipelineReading>>> = {
  DDPMPipeline: () => readPipeline(readFolder('test/golden/unet2d/ddpm'), { steps: 4 }),
  DiTPipeline: () => readPipeline(ofClasses, { steps: 4 }),
  LatentConsistencyModelPipeline: () => readPipeline(readFolder(LCM), { steps: 4 }),
  StableDiffusionPipeline: () => oneFile('sd2'),
  StableDiffusionInpaintPipeline: () => oneFile('inpaint'),
  StableDiffusionXLPipeline: () => oneFile('sdxl'),
};

async function numbersOf(tensors: ReadableTensors) {
  const read = Object.entries(tensors).map(async ([name, tensor]) => [name, await tensor.read()] as const);
  return Object.fromEntries((await Promise.all(read)).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

const overriding = (model: PipelineReading, slots: Slots): WritablePipeline => ({
  ...model,
  recipe: { ...model.recipe, plugins: { ...model.recipe.plugins, ...slots } },
});

describe('writePipeline', () => {
  it.each(Object.keys(MODELS))('writes a folder that reads as the same pipeline: %s', async (className) => {
    await using model = await (MODELS[className] as () => Promise<PipelineReading>)();
    const place = join(folder, className);
    const written = await writePipeline(writeFolder(place), model);
    expect(written).toEqual({ className, leftOut: [], step: {} });
    await using again = await readPipeline(readFolder(place), { steps: 4 });
    expect(again.className).toBe(className);
    expect(again.recipe).toEqual(model.recipe);
    expect(Object.keys(again.weights)).toEqual(Object.keys(model.weights));
    for (const [slot, tensors] of Object.entries(model.weights))
      expect(await numbersOf(again.weights[slot] ?? {})).toEqual(await numbersOf(tensors));
    expect((await readdir(folder)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('writes another sampler as its scheduler, and says what a call is told', async () => {
    await using model = await oneFile('sd2');
    const place = join(folder, 'sampler');
    const slots = {
      schedule: 'scaled-linear',
      sampler: 'dpmpp-2m',
      grid: { name: 'karras', config: { rounding: 'nearest' } },
      guidance: { name: 'cfg', config: { scale: 3 } },
    };
    const text = model.recipe.plugins['conditioner'] as { readonly name: string; readonly config: object };
    const skipping = { ...text, config: { ...text.config, clip_skip: 1 } };
    const written = await writePipeline(writeFolder(place), overriding(model, { ...slots, conditioner: skipping }));
    expect(written.leftOut).toEqual(expect.arrayContaining(['guidance', 'conditioner: clip_skip']));
    await using again = await readPipeline(readFolder(place), { steps: 4 });
    const { sampler, grid } = again.recipe.plugins;
    expect(JSON.stringify([sampler, grid])).toMatch(/dpmpp-2m.*karras/);
  });

  it('writes weights in half the bytes where asked', async () => {
    await using model = await readPipeline(readFolder('test/golden/unet2d/ddpm'), { steps: 2 });
    const place = join(folder, 'half');
    await writePipeline(writeFolder(place), model, { dtype: 'float16' });
    await using again = await readPipeline(readFolder(place), { steps: 2 });
    const [name = ''] = Object.keys(model.weights['denoiser'] ?? {});
    const [whole, half] = [model.weights['denoiser']?.[name], again.weights['denoiser']?.[name]];
    const [wanted, got] = [await whole?.read(), await half?.read()];
    expect(got?.data[0]).toBeCloseTo(wanted?.data[0] ?? Number.NaN, 2);
  });

  it('writes what was trained, without the control network that lies beside it', async () => {
    await using model = await readPipeline(readFolder('test/golden/unet2d/ddpm'), { steps: 2 });
    const { denoiser = {} } = model.weights;
    const flat = { ...denoiser, 'control/conv_in.bias': denoiser['conv_in.bias'] as ReadableTensors[string] };
    const place = join(folder, 'trained');
    await writePipeline(writeFolder(place), { ...model, weights: { denoiser: flat } });
    await using again = await readPipeline(readFolder(place));
    expect(Object.keys(again.weights['denoiser'] ?? {}).toSorted()).toEqual(Object.keys(denoiser).toSorted());
  });

  it.each<[what: string, slots: Slots, code: string, said: RegExp]>([
    ['a sampler that diffusers does not have', { sampler: 'restart' }, 'RXD_SCHEDULER_CONFIG', /restart/],
    [
      'an end of the levels that its class does not have',
      { sampler: 'dpmpp-2m' },
      'RXD_SCHEDULER_CONFIG',
      /finalAlpha.*DPMSolverMultistepScheduler/s,
    ],
    ['an adapter', { 'adapter:style': 'low-rank' }, 'RXD_FORMAT_UNSUPPORTED', /adapter:style.*fuseAdapters/s],
    ['a further network', { 'denoiser:weak': 'unet2d-condition' }, 'RXD_FORMAT_UNSUPPORTED', /denoiser:weak/],
    ['another denoiser', { denoiser: 'mlp' }, 'RXD_FORMAT_UNSUPPORTED', /the denoiser mlp/],
    ['another codec', { codec: 'patches' }, 'RXD_FORMAT_UNSUPPORTED', /the codec patches/],
    ['another conditioner', { conditioner: 'words' }, 'RXD_FORMAT_UNSUPPORTED', /the conditioner words/],
    [
      'a text encoder without a tokenizer',
      { conditioner: 'clip-text' },
      'RXD_REQUEST_INVALID',
      /no tokenizer.*clipTextWith/s,
    ],
    ['no weights of a network', { control: 'controlnet' }, 'RXD_REQUEST_INVALID', /no weights for the slot control/],
  ])('refuses %s, and writes nothing', async (_, slots, code, said) => {
    await using model = await oneFile('sd2');
    const place = join(folder, 'refused');
    const written = writePipeline(writeFolder(place), overriding(model, slots));
    await expect(written).rejects.toMatchObject({ code, message: expect.stringMatching(said) });
    expect(existsSync(place)).toBe(false);
  });

  it('leaves what is there as it is, and nothing half written', async () => {
    await using model = await oneFile('sd2');
    const place = join(folder, 'full');
    await mkdir(place);
    await writeFile(join(place, 'own.txt'), 'mine');
    const refused = { code: 'RXD_STORE_WRITE', message: expect.stringMatching(/own\.txt/) };
    await expect(writePipeline(writeFolder(place), model)).rejects.toMatchObject(refused);
    expect(await readdir(place)).toEqual(['own.txt']);
    const [name = '', tensor] = Object.entries(model.weights['denoiser'] ?? {})[0] ?? [];
    const broken = { ...tensor, read: () => Promise.reject(new Error('no disk')) } as ReadableTensors[string];
    const weights = { ...model.weights, denoiser: { ...model.weights['denoiser'], [name]: broken } };
    const failing = writePipeline(writeFolder(join(folder, 'broken')), { ...model, weights });
    await expect(failing).rejects.toMatchObject({ code: 'RXD_STORE_WRITE' });
    expect((await readdir(folder)).filter((entry) => entry.startsWith('broken'))).toEqual([]);
  });
});
