import { expect, it } from 'vitest';
import { readPipeline, type ReadFile } from 'rxdiffusion/diffusers';
import { readFolder } from 'rxdiffusion/node';

const whole = readFolder('test/golden/onnx/stable-diffusion');

/** The folder with some of its files under other paths, and some that are not there. */
const laidOut =
  (places: Readonly<Record<string, string>>, gone: readonly string[] = []): ReadFile =>
  async (path) =>
    gone.includes(path) || Object.values(places).includes(path) ? undefined : whole(places[path] ?? path);

const PARTS = ['text_encoder', 'unet', 'vae_decoder', 'vae_encoder'];

const placed = (placeOf: (part: string) => string): Readonly<Record<string, string>> =>
  Object.fromEntries(PARTS.map((part) => [placeOf(part), `${part}/model.onnx`]));

const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

const OLD = {
  _class_name: 'OnnxStableDiffusionPipeline',
  scheduler: ['diffusers', 'DDIMScheduler'],
  tokenizer: ['transformers', 'CLIPTokenizer'],
  ...Object.fromEntries(PARTS.map((part) => [part, ['diffusers', 'OnnxRuntimeModel']])),
};

const withIndex =
  (index: unknown): ReadFile =>
  async (path) =>
    path === 'model_index.json' ? json(index) : whole(path);

it.each([
  ['of Optimum', whole],
  ['of diffusers before Optimum', withIndex(OLD)],
  ['of Optimum with its own class', withIndex({ ...OLD, _class_name: 'ORTStableDiffusionPipeline' })],
  ['of Transformers.js', laidOut(placed((part) => `onnx/${part}_model.onnx`))],
  ['of demos, without an index', laidOut({}, ['model_index.json'])],
  [
    'of files side by side',
    laidOut(
      placed((part) => `${part}.onnx`),
      ['model_index.json'],
    ),
  ],
  ['without an encoder of images', laidOut({}, ['vae_encoder/model.onnx'])],
])('a folder in the layout %s is a text to image pipeline', async (_, read) => {
  await using model = await readPipeline(read, { steps: 2 });
  expect(model.recipe.plugins).toMatchObject({
    denoiser: { name: 'onnx-denoiser' },
    codec: { name: 'onnx-codec', config: { factor: 2, scaling_factor: 0.18215 } },
  });
});

it.each(['text_encoder', 'unet', 'vae_decoder'])('a folder without its %s is refused', async (part) => {
  const reading = readPipeline(laidOut({}, [`${part}/model.onnx`]), { steps: 2 });
  await expect(reading).rejects.toMatchObject({
    code: expect.stringMatching(/^RXD_(STORE_READ|FORMAT_UNSUPPORTED)$/) as string,
    message: expect.stringContaining(part) as string,
  });
});
