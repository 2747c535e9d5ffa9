import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { diffusion, encodeSafetensors, fuseAdapters, Roles, slotWeights, type Diffusion } from 'rxdiffusion';
import {
  readLora,
  readPipeline,
  type AdaptablePipeline,
  type LoraReading,
  type PipelineReading,
} from 'rxdiffusion/diffusers';
import { nodePlugins, readFolder } from 'rxdiffusion/node';
import { BehaviorSubject, lastValueFrom, tap } from 'rxjs';

const FOLDER = 'test/golden/pipelines/lcm';
const ATTENTION = 'down_blocks.0.attentions.0.transformer_blocks.0.attn1';
const RESNET = 'down_blocks.0.resnets.0';

let model: PipelineReading;
beforeAll(async () => {
  model = await readPipeline(readFolder(FOLDER), { steps: 2 });
});
afterAll(() => model.close());

const shapeOf = (slot: string, weight: string): readonly number[] => model.weights[slot]?.[weight]?.shape ?? [];

/** Numbers that no trained file is without. */
const numbers = (shape: readonly number[]) => {
  const size = shape.reduce((product, side) => product * side, 1);
  return {
    dtype: 'float32',
    shape,
    data: Float32Array.from({ length: size }, (_, i) => 0.3 * Math.sin(i + 1)),
  } as const;
};
const one = (value: number) => ({ dtype: 'float32', shape: [], data: Float32Array.of(value) }) as const;
type Tensors = Parameters<typeof encodeSafetensors>[0]['tensors'];

const fileOf = (tensors: Tensors, metadata: Record<string, string> = {}): Uint8Array =>
  encodeSafetensors({ tensors, metadata });

/** Down and up of a layer of the U-Net, under these keys. */
function pair(weight: string, [down, up]: readonly [string, string], rank = 2, slot = 'denoiser'): Tensors {
  const [out = 1, ...window] = shapeOf(slot, weight);
  return { [down]: numbers([rank, ...window]), [up]: numbers([out, rank, ...window.slice(1).map(() => 1)]) };
}

const peft = (stem: string): readonly [string, string] => [`${stem}.lora_A.weight`, `${stem}.lora_B.weight`];
const kohya = (stem: string): readonly [string, string] => [`${stem}.lora_down.weight`, `${stem}.lora_up.weight`];
const processor = (stem: string): readonly [string, string] => [`${stem}.down.weight`, `${stem}.up.weight`];
const unet = (): Tensors => pair(`${ATTENTION}.to_q.weight`, peft(`unet.${ATTENTION}.to_q`));

async function layersOf(file: Uint8Array, base: AdaptablePipeline = model): Promise<unknown> {
  await using lora = await readLora(file, base);
  return lora.slots.map((slot) => {
    const use = lora.recipe.plugins[slot] as unknown as { readonly config: { readonly layers: unknown } };
    return [slot, use.config.layers];
  });
}

describe('readLora', () => {
  it.each<[what: string, weight: string, keys: (weight: string) => readonly [string, string]]>([
    ['peft', `${ATTENTION}.to_q`, (name) => peft(`unet.${name}`)],
    [
      'peft that has the name of an adapter',
      `${ATTENTION}.to_q`,
      (name) => [`unet.${name}.lora_A.default.weight`, `unet.${name}.lora_B.default.weight`],
    ],
    ['peft of one network', `${ATTENTION}.to_out.0`, (name) => peft(`base_model.model.${name}`)],
    ['peft of a convolution', `${RESNET}.conv1`, (name) => peft(`unet.${name}`)],
    ['kohya', `${ATTENTION}.to_out.0`, (name) => kohya(`lora_unet_${name.replaceAll('.', '_')}`)],
    [
      'kohya in the names of CompVis',
      `${RESNET}.time_emb_proj`,
      () => kohya('lora_unet_input_blocks_1_0_emb_layers_1'),
    ],
    [
      'kohya in the names of CompVis, of the middle',
      'mid_block.resnets.1.conv2',
      () => kohya('lora_unet_middle_block_2_out_layers_3'),
    ],
    [
      'kohya in the names of CompVis, of a last block',
      'up_blocks.0.upsamplers.0.conv',
      () => kohya('lora_unet_output_blocks_1_1_conv'),
    ],
    ['attention processors', `${ATTENTION}.to_out.0`, () => processor(`unet.${ATTENTION}.processor.to_out_lora`)],
    [
      'attention processors without the network',
      `${ATTENTION}.to_v`,
      () => processor(`${ATTENTION}.processor.to_v_lora`),
    ],
    ['diffusers', `${ATTENTION}.to_k`, (name) => [`unet.${name}.lora.down.weight`, `unet.${name}.lora.up.weight`]],
  ])('finds the layers of %s', async (_, name, keys) => {
    expect(await layersOf(fileOf(pair(`${name}.weight`, keys(name))))).toEqual([
      ['adapter:lora', { [`${name}.weight`]: { rank: 2 } }],
    ]);
  });

  it.each<[what: string, weight: string, keys: readonly [string, string]]>([
    ['peft', 'text_model.encoder.layers.0.mlp.fc1', peft('text_encoder.text_model.encoder.layers.0.mlp.fc1')],
    ['peft without text_model', 'text_model.encoder.layers.0.mlp.fc1', peft('text_encoder.encoder.layers.0.mlp.fc1')],
    [
      'kohya',
      'text_model.encoder.layers.1.self_attn.k_proj',
      kohya('lora_te_text_model_encoder_layers_1_self_attn_k_proj'),
    ],
    [
      'kohya of the first of two',
      'text_model.encoder.layers.1.mlp.fc2',
      kohya('lora_te1_text_model_encoder_layers_1_mlp_fc2'),
    ],
    [
      'the first of diffusers',
      'text_model.encoder.layers.0.self_attn.out_proj',
      processor('text_encoder.text_model.encoder.layers.0.self_attn.to_out_lora'),
    ],
  ])('finds the layers of a text encoder of %s', async (_, name, keys) => {
    expect(await layersOf(fileOf(pair(`${name}.weight`, keys, 2, 'conditioner:text')))).toEqual([
      ['adapter:lora-text', { [`text.${name}.weight`]: { rank: 2 } }],
    ]);
  });

  it('has the rank and the alpha of each layer, by tensors or by what peft says in the metadata', async () => {
    const [first, second] = [`${ATTENTION}.to_q`, `${ATTENTION}.to_k`];
    const stems = [first, second].map((name) => `lora_unet_${name.replaceAll('.', '_')}`);
    const file = fileOf({
      ...pair(`${first}.weight`, kohya(stems[0] ?? ''), 3),
      ...pair(`${second}.weight`, kohya(stems[1] ?? ''), 1),
      [`${stems[0]}.alpha`]: one(1.5),
    });
    expect(await layersOf(file)).toEqual([
      ['adapter:lora', { [`${first}.weight`]: { rank: 3, alpha: 1.5 }, [`${second}.weight`]: { rank: 1 } }],
    ]);
    const said = { 'unet.lora_alpha': 8, 'unet.alpha_pattern': { 'attn1.to_k': 2 }, 'unet.use_rslora': true };
    const tensors = {
      ...pair(`${first}.weight`, peft(`unet.${first}`), 4),
      ...pair(`${second}.weight`, peft(`unet.${second}`), 4),
    };
    expect(await layersOf(fileOf(tensors, { lora_adapter_metadata: JSON.stringify(said) }))).toEqual([
      ['adapter:lora', { [`${first}.weight`]: { rank: 4, alpha: 16 }, [`${second}.weight`]: { rank: 4, alpha: 4 } }],
    ]);
  });

  it('reads matrices of a 1x1 convolution, and convolutions of a matrix', async () => {
    const name = 'down_blocks.0.attentions.0.proj_in';
    const [out = 1, width = 1] = shapeOf('denoiser', `${name}.weight`);
    const [down, up] = peft(`unet.${name}`);
    const rank = { [`${name}.weight`]: { rank: 2 } };
    for (const file of [
      { [down]: numbers([2, width]), [up]: numbers([out, 2]) },
      { [down]: numbers([2, width, 1, 1]), [up]: numbers([out, 2, 1, 1]) },
    ])
      expect(await layersOf(fileOf(file))).toEqual([['adapter:lora', rank]]);
  });

  const key = `unet.${ATTENTION}.to_q`;
  it.each<[what: string, more: () => Tensors, said: RegExp, code?: string]>([
    ['DoRA', () => ({ [`${key}.dora_scale`]: one(1) }), /DoRA.*dora_scale/s],
    ['DoRA of peft', () => ({ [`${key}.lora_magnitude_vector`]: one(1) }), /DoRA/],
    ['LoHa', () => ({ 'lora_unet_x.hada_w1_a': one(1) }), /LoHa/],
    ['LoKr', () => ({ 'lora_unet_x.lokr_w1': one(1) }), /LoKr/],
    ['OFT', () => ({ 'lora_unet_x.oft_blocks': one(1) }), /OFT/],
    ['Tucker forms', () => ({ 'lora_unet_x.lora_mid.weight': one(1) }), /lora_mid/],
    ['whole differences', () => ({ 'lora_unet_x.diff': one(1) }), /diff/],
    ['changed biases', () => ({ [`${key}.lora_B.bias`]: one(1) }), /biases/],
    [
      'keys of no layer',
      () => ({ 'unet.mid_block.nothing.lora_A.weight': one(1) }),
      /mid_block\.nothing/,
      'RXD_PARAMETERS_MISMATCH',
    ],
    ['keys of another text encoder', () => ({ 'lora_te2_x.alpha': one(1) }), /lora_te2_x/, 'RXD_PARAMETERS_MISMATCH'],
    ['keys of nobody', () => ({ hello: one(1) }), /hello/, 'RXD_PARAMETERS_MISMATCH'],
    [
      'half a layer',
      () => ({
        [`unet.${ATTENTION}.to_k.lora_A.weight`]: numbers([2, shapeOf('denoiser', `${ATTENTION}.to_k.weight`)[1] ?? 1]),
      }),
      /only down/,
      'RXD_FILE_CORRUPT',
    ],
    ['a layer twice', () => pair(`${ATTENTION}.to_q.weight`, peft(`${ATTENTION}.to_q`)), /once/, 'RXD_FILE_CORRUPT'],
    ['an alpha that is no number', () => ({ [`${key}.alpha`]: one(Number.NaN) }), /alpha/, 'RXD_FILE_CORRUPT'],
    ['an alpha of several', () => ({ [`${key}.alpha`]: numbers([2]) }), /alpha/, 'RXD_FILE_CORRUPT'],
  ])('refuses %s by name', async (_, more, message, code = 'RXD_FORMAT_UNSUPPORTED') => {
    await expect(readLora(fileOf({ ...unet(), ...more() }), model)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  it('refuses matrices that do not fit, files without any, and DoRA in the metadata', async () => {
    const [down, up] = peft(key);
    await expect(readLora(fileOf({ [down]: numbers([2, 3]), [up]: numbers([3, 2]) }), model)).rejects.toMatchObject({
      code: 'RXD_PARAMETERS_MISMATCH',
      message: expect.stringMatching(/down float32 \[2, 3\]/),
    });
    const code = 'RXD_FORMAT_UNSUPPORTED';
    await expect(readLora(fileOf({ 'conv_in.weight': one(1) }), model)).rejects.toMatchObject({ code });
    const metadata = { lora_adapter_metadata: JSON.stringify({ 'unet.use_dora': true }) };
    await expect(readLora(fileOf(unet(), metadata), model)).rejects.toMatchObject({ code });
  });

  it('lists what fits nothing where it was asked to, and still refuses a file that fits nowhere', async () => {
    const file = fileOf({ ...unet(), hello: one(1) });
    await using lora = await readLora(file, model, { unmatched: 'list' });
    expect([lora.layers, lora.unmatched]).toEqual([1, ['hello']]);
    const code = 'RXD_PARAMETERS_MISMATCH';
    const other = fileOf(pair(`${ATTENTION}.to_q.weight`, peft('unet.nowhere')));
    await expect(readLora(other, model, { unmatched: 'list' })).rejects.toMatchObject({ code });
  });
});

/** A pipeline of the model with LoRAs. */
async function pipelineWith({ recipe, weights }: AdaptablePipeline): Promise<Diffusion> {
  const plugins = [...nodePlugins, ...model.plugins];
  return diffusion({ ...recipe, plugins: { ...recipe.plugins, engine: 'tfjs-cpu' } }, { plugins, weights });
}

const request = { condition: 'a dog', seed: 3, height: 8, width: 8 };
const valuesOf = async ({ sample }: Diffusion, more: object = {}): Promise<readonly number[]> => {
  using result = await sample({ ...request, ...more });
  return [...(await result.x.data())];
};
const gap = (a: readonly number[], b: readonly number[]): number =>
  Math.max(...a.map((value, i) => Math.abs(value - (b[i] ?? Number.NaN))));

describe('a pipeline with LoRAs', () => {
  const text = 'text_model.encoder.layers.0.mlp.fc1';
  const both = (): Tensors => ({
    ...unet(),
    ...pair(`${text}.weight`, peft(`text_encoder.${text}`), 2, 'conditioner:text'),
  });
  const stacked = async (): Promise<LoraReading> => {
    const conv = fileOf(pair(`${RESNET}.conv1.weight`, kohya(`lora_unet_${RESNET.replaceAll('.', '_')}_conv1`), 3));
    const first = await readLora(fileOf(both()), model, { label: 'style' });
    return readLora(conv, first, { scale: 0.5 });
  };

  it('stacks several, each with its scale, and fused weights do the same without them', async () => {
    await using lora = await stacked();
    await expect(readLora(fileOf(unet()), lora, { label: 'style' })).rejects.toMatchObject({
      code: 'RXD_REQUEST_INVALID',
    });
    expect(Object.keys(lora.recipe.plugins).filter((slot) => slot.startsWith('adapter'))).toEqual([
      'adapter:style',
      'adapter:style-text',
      'adapter:lora',
    ]);
    await using plain = await pipelineWith(model);
    await using pipeline = await pipelineWith(lora);
    const before = tf.memory().numTensors;
    const [without, adapted] = [await valuesOf(plain), await valuesOf(pipeline)];
    {
      using fused = await fuseAdapters(pipeline.assembly);
      expect(gap(await valuesOf(plain, { parameters: fused.parametersBySlot }), adapted)).toBeLessThan(1e-5);
      const { tensors } = slotWeights(pipeline.assembly, 'denoiser', fused.parameters);
      expect(tensors['conv_in.weight']?.shape).toEqual(shapeOf('denoiser', 'conv_in.weight'));
      using none = await fuseAdapters(pipeline.assembly, {
        scales: { 'adapter:style': 0, 'adapter:style-text': 0, 'adapter:lora': 0 },
      });
      expect(gap(await valuesOf(plain, { parameters: none.parametersBySlot }), without)).toBeLessThan(1e-6);
    }
    expect(gap(adapted, without)).toBeGreaterThan(1e-3);
    // What a conditioner encoded stays in the pipelines.
    expect(tf.memory().numTensors - before).toBeLessThanOrEqual(4);
    await expect(fuseAdapters(pipeline.assembly, { scales: { adapter: 1 } })).rejects.toMatchObject({
      code: 'RXD_REQUEST_INVALID',
    });
  });

  it('follow an observable in both networks, and at 0 are the model itself', async () => {
    await using lora = await readLora(fileOf(both()), model);
    await using plain = await pipelineWith(model);
    await using pipeline = await pipelineWith(lora);
    const adapter = pipeline.assembly.get(Roles.adapter, 'lora-text');
    let made = 0;
    const scale$ = new BehaviorSubject(0);
    expect(await valuesOf(pipeline, { live: lora.live(scale$) })).toEqual(await valuesOf(plain));
    const changing = pipeline.sample.events({ ...request, live: lora.live(scale$) }).pipe(
      tap((event) => event.kind === 'step' && event.index === 0 && scale$.next(0.5)),
      tap((event) => event.kind === 'step' && made++),
    );
    await lastValueFrom(changing);
    expect([adapter.slot, made]).toEqual(['conditioner', 2]);
    const half = await valuesOf(pipeline, { live: lora.live(new BehaviorSubject(0.5)) });
    await using same = await readLora(fileOf(both()), model, { scale: 0.5 });
    await using scaled = await pipelineWith(same);
    expect(half).toEqual(await valuesOf(scaled));
    expect(gap(half, await valuesOf(plain))).toBeGreaterThan(1e-3);
  });
});
