import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { diffusion, encodeSafetensors, type ReadableTensors, type Recipe } from 'rxdiffusion';
import { isPipelineFile, readPipeline, type ReadFile } from 'rxdiffusion/diffusers';
import { nodePlugins, openFile, readFolder } from 'rxdiffusion/node';
import { conditionShapes } from '../../../../src/plugins/denoisers/unet2d-condition/plan.js';
import { unet2dConditionConfig } from '../../../../src/plugins/denoisers/unet2d-condition/config.js';
import { autoencoderKlConfig } from '../../../../src/plugins/codecs/autoencoder-kl/config.js';
import { autoencoderKlShapes } from '../../../../src/plugins/codecs/autoencoder-kl/parameter-shapes.js';
import { clipTextConfig } from '../../../../src/plugins/conditioners/clip-text/config.js';
import { clipTextShapes } from '../../../../src/plugins/conditioners/clip-text/parameter-shapes.js';
import type { ParameterSpecs } from '../../../../src/core/networks/parameter-specs.js';

const GOLDEN = 'test/golden/single-files';
const SLOTS: Readonly<Record<string, string>> = {
  unet: 'denoiser',
  vae: 'codec',
  text_encoder_2: 'conditioner:second',
};

/** The slot of a part; that of a text encoder has a label where another conditioner is around it. */
function slotOf(part: string, weights: object): string {
  if (part !== 'text_encoder') return SLOTS[part] ?? part;
  return ['conditioner:first', 'conditioner:rest'].find((slot) => Object.hasOwn(weights, slot)) ?? 'conditioner';
}

const file = (name: string) => openFile(`${GOLDEN}/${name}/${name}.safetensors`);

async function digest(tensors: ReadableTensors): Promise<string> {
  const said = createHash('sha256');
  for (const name of Object.keys(tensors).toSorted()) {
    const { data } = (await tensors[name]?.read()) ?? { data: new Float32Array() };
    said.update(`${name}\n`).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return said.digest('hex');
}

interface FullSize {
  readonly configs: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly shapes: Readonly<Record<string, readonly number[]>>;
}

const FULL = JSON.parse(gunzipSync(readFileSync(`${GOLDEN}/shapes.json.gz`)).toString()) as Record<string, FullSize>;

/** A file with tensors of these shapes, all zero, of which there is only the header. */
function emptyFile(shapes: FullSize['shapes']) {
  let end = 0;
  const entries = Object.entries(shapes).map(([name, shape]) => {
    const start = end;
    end += 2 * shape.reduce((product, side) => product * side, 1);
    return [name, { dtype: 'F16', shape, data_offsets: [start, end] }] as const;
  });
  const text = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const head = new Uint8Array(8 + text.length);
  new DataView(head.buffer).setBigUint64(0, BigInt(text.length), true);
  head.set(text, 8);
  const read = async (offset: number, length: number): Promise<Uint8Array> => {
    const bytes = new Uint8Array(length);
    bytes.set(head.subarray(offset, offset + length));
    return bytes;
  };
  return { size: head.length + end, read };
}

function configAt({ plugins }: Recipe, slot: string): Readonly<Record<string, unknown>> {
  return (plugins[slot] as { readonly config: Readonly<Record<string, unknown>> }).config;
}

const tokenizer = readFolder(`${GOLDEN}/sd2/tokenizer`);

describe('a file of a whole Stable Diffusion in the original names', () => {
  it.each(['inpaint', 'sd2', 'sdxl'])('has the weights that diffusers reads in it: %s', async (name) => {
    const { sha256 } = JSON.parse(await readFile(`${GOLDEN}/${name}/expected.json`, 'utf8')) as {
      readonly sha256: Readonly<Record<string, string>>;
    };
    await using model = await readPipeline(await file(name), { config: readFolder(`${GOLDEN}/${name}`), steps: 1 });
    const got = Object.keys(sha256).map(
      async (part) => [part, await digest(model.weights[slotOf(part, model.weights)] ?? {})] as const,
    );
    expect(Object.fromEntries(await Promise.all(got))).toEqual(sha256);
    expect(model.recipe.sample?.inpainting).toBe(name === 'inpaint' ? 'network' : undefined);
    if (name === 'inpaint') return;
    const recipe = { ...model.recipe, plugins: { ...model.recipe.plugins, engine: 'tfjs-cpu' } };
    const plugins = [...nodePlugins, ...model.plugins];
    await using pipeline = await diffusion(recipe, { plugins, weights: model.weights });
    using result = await pipeline.sample({ condition: 'a cat', seed: 7 });
    expect(result.images().shape).toEqual([1, 16, 16, 3]);
  });

  it.each(Object.keys(FULL))('gets the configs of its folder at full size: %s', async (kind) => {
    const { configs, shapes } = FULL[kind] as FullSize;
    await using model = await readPipeline(emptyFile(shapes), { tokenizer, steps: 1 });
    const slots = Object.keys(configs).map((part) => [part, slotOf(part, model.weights)] as const);
    for (const [part, slot] of slots) {
      const config = configAt(model.recipe, slot);
      const said = Object.fromEntries(Object.keys(configs[part] ?? {}).map((key) => [key, config[key]]));
      expect({ [part]: said }).toEqual({ [part]: configs[part] });
      const stored = Object.entries(model.weights[slot] ?? {}).map(([name, { shape }]) => [name, shape] as const);
      expect(Object.fromEntries(stored)).toEqual(onDisk(specsOf(part, config)));
    }
  });

  it('is told apart from files of this package', async () => {
    expect(await isPipelineFile(new Uint8Array(await readFile(`${GOLDEN}/sd2/sd2.safetensors`)))).toBe(true);
    const own = encodeSafetensors({ tensors: {}, metadata: { rxdiffusion: '{}' } });
    expect(await isPipelineFile(own)).toBe(false);
    expect(await isPipelineFile(new Uint8Array(20))).toBe(false);
  });

  it('predicts v where a tensor marks it, with noise alone at first where another does', async () => {
    const { shapes } = FULL['sdxl'] as FullSize;
    const marked = emptyFile({ ...shapes, v_pred: [], ztsnr: [] });
    await using model = await readPipeline(marked, { tokenizer });
    expect(model.recipe.plugins).toMatchObject({
      parameterization: 'v',
      schedule: { config: { zeroTerminalSnr: true } },
    });
  });
});

function specsOf(part: string, config: object): ParameterSpecs {
  if (part === 'unet') return conditionShapes(unet2dConditionConfig.parse(config));
  return part === 'vae'
    ? autoencoderKlShapes(autoencoderKlConfig.parse(config))
    : clipTextShapes(clipTextConfig.parse(config));
}

function onDisk(specs: ParameterSpecs): Readonly<Record<string, readonly number[]>> {
  const shapes = Object.entries(specs).map(([name, { shape, layout }]) => {
    const [a = 1, b = 1, c = 1, d = 1] = shape;
    return [name, layout === 'linear' ? [b, a] : layout === 'conv2d' ? [d, c, a, b] : shape] as const;
  });
  return Object.fromEntries(shapes);
}

describe('a file of another kind', () => {
  const bytes = (...start: number[]): Uint8Array => Uint8Array.from([...start, ...new Uint8Array(40)]);
  const tensors = (...names: readonly string[]) =>
    emptyFile(Object.fromEntries(names.map((name) => [name, [1, 1, 1, 1]])));
  const { shapes } = FULL['sd1'] as FullSize;
  const some = (keep: (name: string) => boolean, more: FullSize['shapes'] = {}) =>
    emptyFile({ ...Object.fromEntries(Object.entries(shapes).filter(([name]) => keep(name))), ...more });
  const { shapes: ofXl } = FULL['sdxl'] as FullSize;
  const unsupported = 'RXD_FORMAT_UNSUPPORTED';

  it.each<[what: string, from: Parameters<typeof readPipeline>[0], code: string, said: RegExp]>([
    ['a pickle of PyTorch', bytes(0x50, 0x4b, 3, 4), unsupported, /pickle of PyTorch.*safetensors/s],
    ['a bare pickle', bytes(0x80, 2), unsupported, /a pickle/],
    ['a GGUF file', bytes(0x47, 0x47, 0x55, 0x46), unsupported, /GGUF/],
    ['a LoRA of kohya', tensors('lora_unet_down_blocks_0.lora_down.weight'), unsupported, /a LoRA.*adapter/s],
    ['a LoRA of diffusers', tensors('unet.down_blocks.0.to_q.lora_A.weight'), unsupported, /a LoRA/],
    ['a LoHa', tensors('lora_unet_x.hada_w1_a'), unsupported, /a LoRA/],
    [
      'a ControlNet',
      tensors('control_model.input_blocks.0.0.weight'),
      unsupported,
      /a ControlNet alone.*controlnet\//s,
    ],
    ['a ControlNet of diffusers', tensors('controlnet_cond_embedding.conv_in.weight'), unsupported, /a ControlNet/],
    ['an autoencoder', some((name) => name.startsWith('first_stage_model.')), unsupported, /an autoencoder alone/],
    ['an autoencoder of diffusers', tensors('encoder.conv_in.weight'), unsupported, /an autoencoder alone/],
    ['Flux', tensors('double_blocks.0.img_attn.qkv.weight'), unsupported, /Flux.*folder that diffusers has/s],
    ['Stable Diffusion 3', tensors('model.diffusion_model.joint_blocks.0.x'), unsupported, /Stable Diffusion 3/],
    ['one network of diffusers', tensors('down_blocks.0.resnets.0.conv1.weight'), unsupported, /denoiserFromFiles/],
    ['an embedding', tensors('emb_params'), unsupported, /textual inversion/],
    ['anything', tensors('a', 'b', 'c', 'd'), unsupported, /4 tensors: a, b, c, …/],
    ['nothing', tensors(), unsupported, /no tensors/],
    [
      'the refiner',
      emptyFile(
        Object.fromEntries(
          Object.entries(ofXl)
            .filter(([name]) => !name.startsWith('conditioner.embedders.0'))
            .map(([name, shape]) => [name.replace('embedders.1', 'embedders.0'), shape]),
        ),
      ),
      unsupported,
      /refiner.*base model/s,
    ],
    ['Playground', emptyFile({ ...ofXl, edm_mean: [4], edm_std: [4] }), unsupported, /Playground/],
    [
      'a U-Net for depth',
      some(() => true, { 'model.diffusion_model.input_blocks.0.0.weight': [320, 5, 3, 3] }),
      unsupported,
      /1 more channels/,
    ],
    [
      'a U-Net for labels',
      some(() => true, { 'model.diffusion_model.label_emb.weight': [1000, 1280] }),
      unsupported,
      /label_emb/,
    ],
    [
      'no autoencoder',
      some((name) => !name.startsWith('first_stage_model.')),
      'RXD_STORE_READ',
      /the file has no autoencoder.*`config`/s,
    ],
    [
      'no text encoder',
      some((name) => !name.startsWith('cond_stage_model.')),
      'RXD_STORE_READ',
      /the file has no text encoder/,
    ],
    ['a file without a middle', some((name) => !name.includes('middle_block')), 'RXD_FILE_CORRUPT', /middle_block\.1/],
    ['a header that is none', new Uint8Array(30), 'RXD_FILE_CORRUPT', /header/],
  ])('is refused by name: %s', async (_, from, code, said) => {
    const read = readPipeline(from, { tokenizer });
    await expect(read).rejects.toMatchObject({ code, message: expect.stringMatching(said) });
  });

  it('and a file without a tokenizer says where to get one', async () => {
    const nothing: ReadFile = async () => undefined;
    for (const options of [{}, { tokenizer: nothing }, { config: nothing }])
      await expect(readPipeline(emptyFile(shapes), options)).rejects.toMatchObject({
        code: 'RXD_STORE_READ',
        message: expect.stringMatching(/no tokenizer.*vocab\.json and merges\.txt.*`tokenizer`/s),
      });
  });
});
