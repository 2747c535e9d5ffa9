import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { diffusion, Roles, standardPlugins, type Conditioner, type ConditionInputs } from 'rxdiffusion';
import type { ConditionContext } from '../../../../src/core/contracts/conditioning.js';
import { inputTensors } from '../../../../src/core/training/condition-inputs.js';
import { controlledText } from '../../../../src/plugins/conditioners/joined/controlled-text.js';
import { fluxText } from '../../../../src/plugins/conditioners/joined/flux-text.js';
import { inpaintedText } from '../../../../src/plugins/conditioners/joined/inpainted-text.js';
import { latentConsistencyText } from '../../../../src/plugins/conditioners/joined/latent-consistency-text.js';
import { stableDiffusion3Text } from '../../../../src/plugins/conditioners/joined/stable-diffusion-3-text.js';
import { stableDiffusionXlText } from '../../../../src/plugins/conditioners/joined/stable-diffusion-xl-text.js';
import { conditionerLaws } from '../../../../src/testing/conditioner-laws.js';
import { made } from '../../plugins-of.js';
import { clipFiles } from '../text/clip-files.js';

const tokenizer = clipFiles();
const clipConfig = {
  ...{ vocab_size: 574, intermediate_size: 8, num_hidden_layers: 2, num_attention_heads: 2, eos_token_id: 573 },
  ...{ max_position_embeddings: 8, hidden_states: 'penultimate', tokenizer },
};
const projected = { ...clipConfig, architectures: ['CLIPTextModelWithProjection'] };
const configs = {
  first: { ...projected, hidden_size: 4, projection_dim: 3 },
  second: { ...projected, hidden_size: 6, projection_dim: 5, seed: 1 },
  plain: { ...clipConfig, hidden_size: 4, hidden_states: 'last' },
};
const t5Config = {
  vocab_size: 574,
  d_model: 12,
  d_kv: 3,
  d_ff: 8,
  num_layers: 1,
  num_heads: 2,
  max_tokens: 6,
  tokenizer,
};

let first: Conditioner, second: Conditioner, plain: Conditioner, t5: Conditioner;
beforeAll(async () => {
  await tf.setBackend('cpu');
  const clip = (config: object) => made(Roles.conditioner, 'clip-text', { ...config });
  [first, second, plain] = [await clip(configs.first), await clip(configs.second), await clip(configs.plain)];
  t5 = await made(Roles.conditioner, 't5-encoder', t5Config);
});
afterAll(() => [first, second, plain, t5].forEach((one) => one.dispose?.()));

interface Plain {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** What is encoded, as plain numbers. */
function encoded({ parameters = {}, ...conditioner }: Conditioner, inputs: ConditionInputs): Record<string, Plain> {
  return tf.tidy(() =>
    Object.fromEntries(
      Object.entries(conditioner.encode(parameters, inputTensors(inputs))).map(([name, tensor]) => [
        name,
        { shape: tensor.shape, data: [...tensor.dataSync()] },
      ]),
    ),
  );
}

const xl = async (config: object = {}) =>
  stableDiffusionXlText.create({ config: stableDiffusionXlText.config.parse(config), first, second });
const sides =
  (count: number, condition: unknown, imageSize?: ConditionContext['imageSize']) =>
  (side: string): ConditionContext => ({ count, side, condition, ...(imageSize ? { imageSize } : {}) });
const laws = {
  refused: [7, {}, { prompt: 'a', sorcery: 1 }],
  columns: { caption: { kind: 'text', values: ['the cat', 'a dog'] } },
} as const;

describe('stable-diffusion-xl-text', () => {
  it('keeps the laws of conditioners', async () => {
    const conditions = ['the cat', { prompt: 'a', prompt_2: 'the dog', original_size: [3, 4] }];
    await expect(conditionerLaws(await xl(), { conditions, ...laws })).resolves.toBeUndefined();
  });

  it('has the states of both side by side, the pooled state of the second, and their weights by label', async () => {
    const both = await xl({ sample_size: [16, 24] });
    expect(Object.keys(both.parameters ?? {}).filter((name) => name.endsWith('text_projection.weight'))).toEqual([
      'first.text_projection.weight',
      'second.text_projection.weight',
    ]);
    expect(both.layout?.('second.text_projection.weight')).toBe('linear');
    const made = encoded(both, await both.prepare({ prompt: 'a', prompt_2: ['the', 'cat'] }, { count: 2 }));
    const [one, two] = [
      encoded(first, await first.prepare('a', { count: 1 })),
      encoded(second, await second.prepare(['the', 'cat'], { count: 2 })),
    ];
    expect(made['encoder_hidden_states']?.shape).toEqual([2, 8, 10]);
    expect(made['encoder_hidden_states']?.data.slice(80, 84)).toEqual(one['encoder_hidden_states']?.data.slice(0, 4));
    expect(made['encoder_hidden_states']?.data.slice(84, 90)).toEqual(two['encoder_hidden_states']?.data.slice(48, 54));
    expect(made['text_embeds']).toEqual(two['text_embeds']);
    expect(made['time_ids']?.data.slice(0, 6)).toEqual([16, 24, 0, 0, 16, 24]);
  });

  it('says sizes: of the condition, of the images of the run, and those of the prompt on the other side', async () => {
    const conditioner = await xl({ sample_size: 64 });
    const ids = async (said: unknown, ctx: ConditionContext) => [
      ...((await conditioner.prepare(said, ctx))['time_ids']?.data ?? []),
    ];
    const prompt = { prompt: 'a', original_size: [3, 4], crops_coords_top_left: [1, 2] };
    const of = sides(1, prompt, [16, 24]);
    expect(await ids('a', { count: 1 })).toEqual([64, 64, 0, 0, 64, 64]);
    expect(await ids('a', sides(1, 'a', [16, 24])('conditional'))).toEqual([16, 24, 0, 0, 16, 24]);
    expect(await ids(prompt, of('conditional'))).toEqual([3, 4, 1, 2, 16, 24]);
    expect(await ids('the', of('unconditional'))).toEqual([3, 4, 1, 2, 16, 24]);
    expect(await ids({ prompt: 'the', original_size: [8, 8] }, of('unconditional'))).toEqual([8, 8, 0, 0, 16, 24]);
    const nothing = (await conditioner.prepareNothing?.(of('unconditional')))?.['time_ids'];
    expect([...(nothing?.data ?? [])]).toEqual([3, 4, 1, 2, 16, 24]);
  });

  it('is zeros where there is no negative prompt, or the empty text where that is asked for', async () => {
    const nothing = async (config: object) => {
      const conditioner = await xl(config);
      return encoded(conditioner, (await conditioner.prepareNothing?.({ count: 1, side: 'unconditional' })) ?? {});
    };
    const zeros = await nothing({});
    expect(
      new Set([...(zeros['encoder_hidden_states']?.data ?? []), ...(zeros['text_embeds']?.data ?? [])].map(Math.abs)),
    ).toEqual(new Set([0]));
    const empty = encoded(second, (await second.prepareNothing?.({ count: 1 })) ?? {});
    expect((await nothing({ force_zeros_for_empty_prompt: false }))['text_embeds']).toEqual(empty['text_embeds']);
  });

  it('is the second alone in the refiner, with a score', async () => {
    const config = stableDiffusionXlText.config.parse({ requires_aesthetics_score: true, sample_size: 8 });
    const conditioner = await stableDiffusionXlText.create({ config, second });
    const of = sides(1, 'a');
    const made = encoded(conditioner, await conditioner.prepare('a', of('conditional')));
    expect(made['encoder_hidden_states']?.shape).toEqual([1, 8, 6]);
    expect(made['time_ids']?.data).toEqual([8, 8, 0, 0, 6]);
    const negative = encoded(conditioner, await conditioner.prepare('a', of('unconditional')));
    expect(negative['time_ids']?.data).toEqual([8, 8, 0, 0, 2.5]);
  });

  it('needs a projection', async () => {
    const config = stableDiffusionXlText.config.parse({});
    const make = async () => stableDiffusionXlText.create({ config, first, second: plain });
    await expect(make()).rejects.toThrow(/RXD_COMBINATION[^]*conditioner:second/);
  });
});

describe('stable-diffusion-3-text', () => {
  const config = stableDiffusion3Text.config.parse({ joint_attention_dim: 12, empty_tokens: 5 });

  it('keeps the laws of conditioners, with T5 and without', async () => {
    const conditions = ['the cat', { prompt: 'a', prompt_2: 'the dog', prompt_3: 'a photo' }];
    for (const third of [{ third: t5 }, {}]) {
      const conditioner = await stableDiffusion3Text.create({ config, first, second, ...third });
      await expect(conditionerLaws(conditioner, { conditions, ...laws })).resolves.toBeUndefined();
    }
  });

  it('fills the states of CLIP up with zeros and puts those of T5 behind', async () => {
    const conditioner = await stableDiffusion3Text.create({ config, first, second, third: t5 });
    const made = encoded(conditioner, await conditioner.prepare({ prompt: 'a', prompt_3: 'the' }, { count: 1 }));
    const own = encoded(t5, await t5.prepare('the', { count: 1 }));
    expect(made['encoder_hidden_states']?.shape).toEqual([1, 14, 12]);
    expect(made['encoder_hidden_states']?.data.slice(10, 12)).toEqual([0, 0]);
    expect(made['encoder_hidden_states']?.data.slice(96)).toEqual(own['encoder_hidden_states']?.data);
    expect(made['pooled_projections']?.shape).toEqual([1, 8]);
  });

  it('has zeros in the place of T5 where there is none', async () => {
    const conditioner = await stableDiffusion3Text.create({ config, first, second });
    const made = encoded(conditioner, await conditioner.prepare('a', { count: 1 }));
    expect(made['encoder_hidden_states']?.shape).toEqual([1, 13, 12]);
    expect(new Set(made['encoder_hidden_states']?.data.slice(96))).toEqual(new Set([0]));
  });
});

describe('flux-text', () => {
  it('keeps the laws of conditioners', async () => {
    const pooled = await made(Roles.conditioner, 'clip-text', { ...configs.plain, pooled: true });
    const conditioner = await fluxText.create({ config: {}, first: pooled, second: t5 });
    await expect(
      conditionerLaws(conditioner, { conditions: ['a', { prompt: 'a', prompt_2: 'the' }], ...laws }),
    ).resolves.toBeUndefined();
    expect(conditioner.gives).toMatchObject({ pooled_projections: { shape: [4] } });
    pooled.dispose?.();
    expect(() => fluxText.create({ config: {}, first: plain, second: t5 })).toThrow(/RXD_COMBINATION/);
  });
});

it('joins the encoders of a recipe by their slots, for a network that reads sizes', async () => {
  const unet = {
    ...{
      sample_size: 4,
      in_channels: 4,
      out_channels: 4,
      layers_per_block: 1,
      block_out_channels: [4, 8],
      norm_num_groups: 2,
    },
    ...{
      down_block_types: ['DownBlock2D', 'CrossAttnDownBlock2D'],
      up_block_types: ['CrossAttnUpBlock2D', 'UpBlock2D'],
    },
    ...{ cross_attention_dim: 10, attention_head_dim: 2, addition_embed_type: 'text_time', addition_time_embed_dim: 4 },
    ...{ projection_class_embeddings_input_dim: 5 + 6 * 4 },
  };
  const vae = {
    block_out_channels: [4, 4],
    norm_num_groups: 2,
    sample_size: 8,
    down_block_types: ['DownEncoderBlock2D', 'DownEncoderBlock2D'],
    up_block_types: ['UpDecoderBlock2D', 'UpDecoderBlock2D'],
  };
  const recipe = {
    format: 1,
    plugins: {
      ...{ engine: 'tfjs-cpu', noise: 'philox', schedule: 'scaled-linear', grid: 'leading', sampler: 'euler' },
      ...{ parameterization: 'epsilon', guidance: { name: 'cfg', config: { scale: 5 } } },
      conditioner: 'stable-diffusion-xl-text',
      'conditioner:first': { name: 'clip-text', config: configs.first },
      'conditioner:second': { name: 'clip-text', config: configs.second },
      denoiser: { name: 'unet2d-condition', config: unet },
      codec: { name: 'autoencoder-kl', config: vae },
    },
    sample: { steps: 1 },
  } as const;
  await using pipeline = await diffusion(recipe, { plugins: standardPlugins });
  using result = await pipeline.sample({ count: 2, condition: ['the cat', 'a dog'], height: 12, width: 8, seed: 1 });
  expect(result.images().shape).toEqual([2, 12, 8, 3]);
  using other = await pipeline.sample({
    count: 1,
    condition: { prompt: 'the cat', original_size: [1, 1] },
    height: 12,
    width: 8,
    seed: 1,
  });
  const size = other.images().data.length;
  expect([...other.images().data]).not.toEqual([...result.images().data.slice(0, size)]);
});

describe('latent-consistency-text', () => {
  const lcm = async () =>
    latentConsistencyText.create({
      config: latentConsistencyText.config.parse({ time_cond_proj_dim: 4 }),
      text: plain,
    });

  it('keeps the laws of conditioners', async () => {
    const conditions = ['the cat', { prompt: 'a', guidance_scale: 3 }];
    await expect(conditionerLaws(await lcm(), { conditions, ...laws })).resolves.toBeUndefined();
  });

  it('embeds 1000 (scale - 1): sines, then cosines', async () => {
    const conditioner = await lcm();
    const inputs = await conditioner.prepare({ prompt: 'a', guidance_scale: 1.002 }, { count: 1 });
    const { timestep_cond: given } = encoded(conditioner, inputs);
    const angles = [2, 2 / 10_000];
    const expected = [...angles.map(Math.sin), ...angles.map(Math.cos)];
    given?.data.forEach((value, at) => expect(value).toBeCloseTo(expected[at] ?? 0, 5));
  });
});

describe('controlled-text', () => {
  const controlled = async () => controlledText.create({ config: controlledText.config.parse({}), text: plain });
  const control_image = { data: Float32Array.from({ length: 12 }, (_, at) => at / 12), shape: [2, 2, 3] };

  it('keeps the laws of conditioners', async () => {
    const refused = [
      ...laws.refused,
      'no image',
      { prompt: 'a', control_image: { ...control_image, shape: [2, 2, 2] } },
    ];
    const column = { kind: 'numbers', data: new Float32Array(24), shape: [2, 2, 2, 3] } as const;
    const columns = { ...laws.columns, control_image: column };
    const conditions = [{ prompt: 'the cat', control_image }];
    await expect(conditionerLaws(await controlled(), { conditions, refused, columns })).resolves.toBeUndefined();
  });

  it('gives both sides the image of the prompt', async () => {
    const conditioner = await controlled();
    const of = sides(1, { prompt: 'a', control_image });
    for (const inputs of [
      await conditioner.prepare('the dog', of('unconditional')),
      await conditioner.prepareNothing?.(of('unconditional')),
    ])
      expect(encoded(conditioner, inputs ?? {})['control_image']).toMatchObject({ shape: [1, 2, 2, 3] });
  });

  it('has an image and a scale for each of several networks, and none on the other side where they guess', async () => {
    const conditioner = await controlledText.create({
      config: controlledText.config.parse({ names: ['control_image', 'control_image_2'] }),
      text: plain,
    });
    const other = { data: new Float32Array(3), shape: [1, 1, 3] };
    const said = { prompt: 'a', control_image: [control_image, other], control_scale: [0.5, 2], guess_mode: true };
    const of = sides(1, said);
    const conditional = encoded(conditioner, await conditioner.prepare(said, of('conditional')));
    expect(conditional['control_image_2']?.shape).toEqual([1, 1, 1, 3]);
    expect(conditional['control_image_2_scale']?.data[0]).toBe(2);
    expect(conditional['control_image_scale']?.data[1]).toBeCloseTo(0.1);
    const without = encoded(conditioner, (await conditioner.prepareNothing?.(of('unconditional'))) ?? {});
    expect(without['control_image_2_scale']?.data[0]).toBe(0);
    for (const wrong of [{ control_image }, { control_scale: [1, 2, 3] }])
      await expect(conditioner.prepare({ ...said, ...wrong }, of('conditional'))).rejects.toMatchObject({
        code: 'RXD_CONDITION_INVALID',
      });
  });
});

describe('inpainted-text', () => {
  const told = async (channels = 3) => inpaintedText.create({ config: { channels }, rest: plain });
  const column = (count: number, channels: number, from: number) => ({
    ...({ kind: 'numbers', shape: [count, 1, 2, channels] } as const),
    data: Float32Array.from({ length: 2 * count * channels }, (_, at) => from + at),
  });
  const inpainted = (count: number) => ({ mask: column(count, 1, 0), image: column(count, 2, 10) });

  it('keeps the laws of conditioners', async () => {
    const columns = { ...laws.columns, added_channels: column(2, 3, 0) };
    const given = { conditions: ['the cat'], refused: [7, {}], columns, inpainted };
    await expect(conditionerLaws(await told(), given)).resolves.toBeUndefined();
  });

  it('has the mask first, then the image, on both sides', async () => {
    const conditioner = await told();
    const ctx = { count: 1, inpainted: () => Promise.resolve(inpainted(1)) };
    for (const inputs of [await conditioner.prepare('a', ctx), (await conditioner.prepareNothing?.(ctx)) ?? {}])
      expect(encoded(conditioner, inputs)['added_channels']).toEqual({
        shape: [1, 1, 2, 3],
        data: [0, 10, 11, 1, 12, 13],
      });
  });

  it('refuses a request that keeps nothing, and an image of other channels', async () => {
    await expect((await told()).prepare('a', { count: 1 })).rejects.toMatchObject({ code: 'RXD_CONDITION_INVALID' });
    const other = (await told(5)).prepare('a', { count: 1, inpainted: () => Promise.resolve(inpainted(1)) });
    await expect(other).rejects.toMatchObject({ code: 'RXD_COMBINATION' });
  });
});
