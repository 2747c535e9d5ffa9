import { readFileSync, existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { diffusion } from 'rxdiffusion';
import { readFiles, readPipeline, type ReadFile } from 'rxdiffusion/diffusers';
import { nodePlugins, readFolder } from 'rxdiffusion/node';
import { composedFolder, DDIM } from './pipeline-parts.js';

const FOLDER = 'test/golden/unet2d/ddpm';
const INDEX = {
  _class_name: 'DDPMPipeline',
  scheduler: ['diffusers', 'DDPMScheduler'],
  unet: ['diffusers', 'UNet2DModel'],
};
const WEIGHTS = 'unet/diffusion_pytorch_model.safetensors';

/** The folder with some of its files in another form, or not there. */
function reading(other: Readonly<Record<string, unknown>>): ReadFile {
  return async (path) => {
    if (!Object.hasOwn(other, path))
      return existsSync(`${FOLDER}/${path}`) ? readFileSync(`${FOLDER}/${path}`) : undefined;
    const content = other[path];
    return content === undefined ? undefined : new TextEncoder().encode(JSON.stringify(content));
  };
}

describe('readPipeline', () => {
  it('gives a recipe and weights that sample as the folder says', async () => {
    await using model = await readPipeline(readFolder(FOLDER), { steps: 2 });
    expect(model.className).toBe('DDPMPipeline');
    const { plugins } = model.recipe;
    const recipe = { ...model.recipe, plugins: { ...plugins, engine: 'tfjs-cpu' } };
    await using pipeline = await diffusion(recipe, { plugins: nodePlugins, weights: model.weights });
    using result = await pipeline.sample({ seed: 7, count: 2 });
    expect(result.images().shape).toEqual([2, 8, 8, 3]);
  });

  it('reads a transformer that is told a class, with its autoencoder', async () => {
    const folder = composedFolder(
      {
        transformer: 'test/golden/transformers/dit-learned-sigma/transformer',
        vae: 'test/golden/autoencoders/kl-attention/vae',
      },
      {
        'model_index.json': {
          _class_name: 'DiTPipeline',
          scheduler: ['diffusers', 'DDIMScheduler'],
          transformer: ['diffusers', 'Transformer2DModel'],
          vae: ['diffusers', 'AutoencoderKL'],
        },
        'scheduler/scheduler_config.json': DDIM,
      },
    );
    await using model = await readPipeline(folder, { steps: 2 });
    const recipe = { ...model.recipe, plugins: { ...model.recipe.plugins, engine: 'tfjs-wasm' } };
    await using pipeline = await diffusion(recipe, { plugins: nodePlugins, weights: model.weights });
    using result = await pipeline.sample({ seed: 7, count: 2, condition: [3, 9] });
    expect(result.images().shape).toEqual([2, 16, 16, 3]);
  });

  it('reads files that a person chose', async () => {
    const chosen = ['model_index.json', 'scheduler/scheduler_config.json', 'unet/config.json', WEIGHTS].map((path) => {
      const file = new File([readFileSync(`${FOLDER}/${path}`)], path.split('/').at(-1) ?? '');
      return Object.defineProperty(file, 'webkitRelativePath', { value: `ddpm/${path}` });
    });
    await using model = await readPipeline(readFiles(chosen));
    expect(Object.keys(model.weights)).toEqual(['denoiser']);
  });

  it.each<[what: string, other: Readonly<Record<string, unknown>>, code: string, said: RegExp]>([
    ['no index', { 'model_index.json': undefined }, 'RXD_STORE_READ', /model_index\.json/],
    ['an index that is a list', { 'model_index.json': [] }, 'RXD_FILE_CORRUPT', /_class_name/],
    [
      'an unknown class',
      { 'model_index.json': { _class_name: 'DDPMPipelin' } },
      'RXD_FORMAT_UNSUPPORTED',
      /DDPMPipeline/,
    ],
    [
      'a class of code',
      { 'model_index.json': { _class_name: 'constructor' } },
      'RXD_FORMAT_UNSUPPORTED',
      /constructor/,
    ],
    [
      'a part of another class',
      { 'model_index.json': { ...INDEX, unet: ['diffusers', 'UNet1DModel'] } },
      'RXD_FORMAT_UNSUPPORTED',
      /UNet1DModel.*UNet2DModel/s,
    ],
    [
      'a path as a part',
      { 'model_index.json': { ...INDEX, '../unet': ['a', 'B'] } },
      'RXD_FILE_CORRUPT',
      /plain names/,
    ],
    [
      'a part that is no pair',
      { 'model_index.json': { ...INDEX, unet: ['B'] } },
      'RXD_FILE_CORRUPT',
      /\[library, class\]/,
    ],
    ['no config', { 'unet/config.json': undefined }, 'RXD_STORE_READ', /unet\/config\.json/],
    ['no weights', { [WEIGHTS]: undefined }, 'RXD_STORE_READ', /no unet\/diffusion_pytorch_model\.safetensors/],
    [
      'pickles alone',
      { [WEIGHTS]: undefined, 'unet/diffusion_pytorch_model.bin': 'x' },
      'RXD_STORE_READ',
      /a pickle: to read it is to run code.*safetensors/s,
    ],
    [
      'another variant alone',
      { [WEIGHTS]: undefined, 'unet/diffusion_pytorch_model.fp16.safetensors': 'x' },
      'RXD_STORE_READ',
      /variant: 'fp16'/,
    ],
    ['an unknown scheduler', { 'scheduler/scheduler_config.json': { _class_name: 'X' } }, 'RXD_SCHEDULER_CONFIG', /X/],
  ])('refuses %s by name', async (_, other, code, said) => {
    const read = readPipeline(reading(other));
    await expect(read).rejects.toMatchObject({ code, message: expect.stringMatching(said) });
  });
});

describe('readPipeline of families', () => {
  const text = (path: string, json: unknown): ReadFile => {
    const folder = readFolder('test/golden/pipelines/' + path);
    return async (name) =>
      name === 'model_index.json' ? new TextEncoder().encode(JSON.stringify(json)) : folder(name);
  };
  const index = (path: string): Record<string, unknown> =>
    JSON.parse(readFileSync(`test/golden/pipelines/${path}/model_index.json`, 'utf8')) as Record<string, unknown>;

  it('has the steps and strength of the class', async () => {
    await using flow = await readPipeline(readFolder('test/golden/pipelines/stable-diffusion-3'));
    expect(flow.recipe.sample?.['steps']).toBe(28);
    const ofImages = { ...index('lcm'), _class_name: 'LatentConsistencyModelImg2ImgPipeline' };
    await using lcm = await readPipeline(text('lcm', ofImages), { strength: 0.5 });
    expect([lcm.recipe.sample?.['steps'], lcm.strength]).toEqual([4, 1]);
    expect(JSON.stringify(lcm.recipe.plugins['grid'])).toContain('"strength":0.5');
  });

  it('blends after each step where an inpainting network has four channels', async () => {
    const inpaint = { ...index('lcm'), _class_name: 'StableDiffusionInpaintPipeline' };
    await using model = await readPipeline(text('lcm', inpaint));
    expect([model.recipe.sample?.['inpainting'], model.strength]).toEqual(['blended', 1]);
  });

  it.each<[what: string, path: string, other: Record<string, unknown>, said: RegExp]>([
    ['another transformer', 'flux', { transformer: ['diffusers', 'SD3Transformer2DModel'] }, /FluxTransformer2DModel/],
    [
      'another encoder',
      'stable-diffusion-3',
      { text_encoder_3: ['transformers', 'UMT5EncoderModel'] },
      /T5EncoderModel/,
    ],
    ['no encoder', 'pixart', { text_encoder: [null, null] }, /no text_encoder/],
    [
      'a control network that is none',
      'lcm',
      { _class_name: 'StableDiffusionControlNetPipeline', controlnet: ['diffusers', 'ControlNetUnionModel'] },
      /MultiControlNetModel/,
    ],
  ])('refuses %s by name', async (_, path, other, said) => {
    await expect(readPipeline(text(path, { ...index(path), ...other }))).rejects.toMatchObject({
      code: 'RXD_FORMAT_UNSUPPORTED',
      message: expect.stringMatching(said),
    });
  });
});
