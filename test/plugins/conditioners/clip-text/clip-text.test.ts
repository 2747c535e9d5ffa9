import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { Roles, type ConditionInputs, type Conditioner } from 'rxdiffusion';
import { clipTextWith } from 'rxdiffusion/diffusers';
import { inputTensors } from '../../../../src/core/training/condition-inputs.js';
import { conditionerLaws } from '../../../../src/testing/conditioner-laws.js';
import { pluginLaws } from '../../../../src/testing/plugin-laws.js';
import { create, made } from '../../plugins-of.js';
import { clipFiles } from '../text/clip-files.js';

beforeAll(() => tf.setBackend('cpu'));

const tokenizer = clipFiles();
const small = {
  ...{ vocab_size: 574, hidden_size: 8, intermediate_size: 12, num_hidden_layers: 3, num_attention_heads: 2 },
  ...{ eos_token_id: 573, max_position_embeddings: 8 },
};

async function withEncoder<T>(config: object, use: (conditioner: Conditioner) => T | Promise<T>): Promise<T> {
  const conditioner = await made(Roles.conditioner, 'clip-text', { ...small, tokenizer, ...config });
  try {
    return await use(conditioner);
  } finally {
    conditioner.dispose?.();
  }
}

/** What is encoded, as plain numbers. */
function encoded(conditioner: Conditioner, inputs: ConditionInputs) {
  return tf.tidy(() => {
    const conditions = conditioner.encode(conditioner.parameters ?? {}, inputTensors(inputs));
    const plain = ([name, tensor]: [string, tf.Tensor]) => [
      name,
      { shape: tensor.shape, data: [...tensor.dataSync()] },
    ];
    return Object.fromEntries(Object.entries(conditions).map(plain)) as Record<
      string,
      { shape: number[]; data: number[] }
    >;
  });
}

/** The hidden states of a text. */
async function states(config: object, text: unknown, side = 'conditional', count = 1): Promise<readonly number[]> {
  return withEncoder(config, async (conditioner) => {
    const inputs = await conditioner.prepare(text, { count, side });
    return encoded(conditioner, inputs)['encoder_hidden_states']?.data ?? [];
  });
}

const difference = (a: readonly number[], b: readonly number[]): number =>
  a.length === b.length ? Math.max(...a.map((value, at) => Math.abs(value - (b[at] ?? Number.NaN)))) : Infinity;
const SAME = 1e-4;
const OTHER = 1e-2;

describe('clip-text', () => {
  it('keeps the laws of plugins, with the config.json of a repository', () => {
    const notes = {
      architectures: ['CLIPTextModel'],
      dtype: 'float32',
      model_type: 'clip_text_model',
      pad_token_id: 1,
    };
    const plugin = clipTextWith(tokenizer, 'my-text');
    pluginLaws(plugin, [{}, notes, { ...small, clip_skip: 2, tokenizer }]);
    expect(plugin.config.safeParse({ ...small, num_attention_heads: 3 }).success).toBe(false);
    expect(plugin.config.safeParse({ ...small, hidden_states: 'penultimate', clip_skip: 3 }).success).toBe(false);
  });

  it.each([
    {},
    { frozen: false },
    { architectures: ['CLIPTextModelWithProjection'], projection_dim: 5, frozen: false },
    { hidden_states: 'penultimate', pooled: true, frozen: false },
    { hidden_states: 'penultimate', clip_skip: 1, pooled: false, frozen: false },
    { architectures: ['CLIPTextModelWithProjection'], projection_dim: 5, pooled: false, frozen: false },
    { chunks: 3, prompt_weights: true, text_dropout: 0.5 },
    { clip_skip: 1, clip_skip_negative: false },
  ])('keeps the laws of conditioners: %j', (config) =>
    withEncoder(config, async (conditioner) => {
      const caption = { kind: 'text', values: ['the cat', 'a dog', ''] } as const;
      const ids = [572, 320, 573, 573, 573, 573, 573, 573];
      const conditions = ['the (cat:1.2) and the dog in the house', { ids }];
      const refused = [7, ['a', 'b', 'c', 'd'], { ids: [1] }];
      await expect(
        conditionerLaws(conditioner, { conditions, refused, columns: { caption } }),
      ).resolves.toBeUndefined();
    }),
  );

  it('holds its tokenizer in code where it was made so', async () => {
    const conditioner = await create(clipTextWith(tokenizer, 'my-text'), small);
    const { input_ids: ids } = await conditioner.prepare('a', { count: 1 });
    expect([...(ids?.data ?? [])]).toEqual([572, 320, 573, 573, 573, 573, 573, 573]);
    conditioner.dispose?.();
  });

  it('gives states and, with a projection or where asked, the pooled state', async () => {
    const shapes = async (config: object) =>
      withEncoder(config, async (conditioner) => {
        const made = encoded(conditioner, await conditioner.prepare(['a', 'the'], { count: 2 }));
        expect(Object.keys(made)).toEqual(Object.keys(conditioner.gives ?? {}));
        return Object.fromEntries(Object.entries(made).map(([name, { shape }]) => [name, shape]));
      });
    const states = { encoder_hidden_states: [2, 8, 8] };
    expect(await shapes({})).toEqual(states);
    expect(await shapes({ pooled: true })).toEqual({ ...states, pooler_output: [2, 8] });
    const projected = { architectures: ['CLIPTextModelWithProjection'], projection_dim: 5 };
    expect(await shapes(projected)).toEqual({ ...states, text_embeds: [2, 5] });
    expect(await shapes({ ...projected, pooled: false })).toEqual(states);
  });

  it('takes the pooled state at the end, or at the largest id where the config says 2', async () => {
    const places = (eos: number | null) =>
      withEncoder({ pooled: true, eos_token_id: eos }, async (conditioner) => {
        const ids = [572, 5, 573, 9, 573, 0, 0, 0];
        return [...((await conditioner.prepare({ ids }, { count: 1 }))['places']?.data ?? [])];
      });
    expect([await places(573), await places(2), await places(9)]).toEqual([[2], [2], [3]]);
  });

  it('leaves out layers by clip_skip: on both sides, or on the prompt alone as diffusers does', async () => {
    const full = await states({}, 'a');
    const skipped = await states({ clip_skip: 1 }, 'a');
    expect(difference(full, skipped)).toBeGreaterThan(OTHER);
    expect(difference(await states({ clip_skip: 1 }, 'a', 'unconditional'), skipped)).toBeLessThan(SAME);
    const alone = { clip_skip: 1, clip_skip_negative: false };
    expect(difference(await states(alone, 'a'), skipped)).toBeLessThan(SAME);
    expect(difference(await states(alone, 'a', 'unconditional'), full)).toBeLessThan(SAME);
    await withEncoder(alone, async (conditioner) => {
      const nothing = (await conditioner.prepareNothing?.({ count: 1, side: 'unconditional' })) ?? {};
      expect(Object.keys(nothing)).toEqual(['unskipped_input_ids']);
    });
    const { length } = await states({ clip_skip: 1, hidden_states: 'penultimate' }, 'a');
    expect(length).toBe(64);
  });

  it('encodes each chunk of a long text by itself', async () => {
    const whole = await states({ chunks: 3, max_position_embeddings: 8 }, 'a a a a a a the the');
    expect(difference(whole, [...(await states({}, 'a a a a a a')), ...(await states({}, 'the the'))])).toBeLessThan(
      SAME,
    );
  });

  it('weighs tokens and keeps the mean of the text', async () => {
    const plain = await states({}, 'a the a');
    const weighted = await states({ prompt_weights: true }, 'a (the:2) a');
    const row = (all: readonly number[], token: number): readonly number[] => all.slice(8 * token, 8 * token + 8);
    const mean = (all: readonly number[]): number => all.reduce((sum, value) => sum + value, 0) / all.length;
    expect(mean(weighted)).toBeCloseTo(mean(plain), 4);
    const factor = (row(weighted, 1)[0] ?? 0) / (row(plain, 1)[0] ?? 1);
    expect(
      difference(
        row(weighted, 2),
        row(plain, 2).map((value) => 2 * factor * value),
      ),
    ).toBeLessThan(SAME);
    expect(difference(await states({ prompt_weights: true }, 'a the a'), plain)).toBeLessThan(SAME);
    expect(difference(await states({}, 'a (the:2) a'), plain)).toBeGreaterThan(OTHER);
  });

  it('takes token ids instead of a text, and needs them where it has no tokenizer', async () => {
    const ids = [572, 320, 573, 573, 573, 573, 573, 573];
    expect(difference(await states({ tokenizer: null }, { ids }), await states({}, 'a'))).toBeLessThan(SAME);
    expect(
      difference(await states({ tokenizer: null, chunks: 2 }, { ids: [[...ids, ...ids]] }), [
        ...(await states({}, 'a')),
        ...(await states({}, 'a')),
      ]),
    ).toBeLessThan(SAME);
  });

  it.each([
    [{ tokenizer: null }, 'a', /no tokenizer/],
    [{}, 7, /a text, or a list of 2/],
    [{}, ['a', 'a', 'a'], /a list of 2/],
    [{}, 'a'.repeat(30_000), /30000 characters/],
    [{}, { ids: [1, 2] }, /8 ids/],
    [{}, { ids: [572, 320, 573, 574, 0, 0, 0, 0] }, /the id 574/],
    [{}, { ids: [[1, 2, 3, 4, 5, 6, 7, 8], 3] }, /rows/],
    [{}, { ids: 'a' }, /0 ids/],
  ])('refuses with %j the condition %j', (config, condition, says) =>
    withEncoder(config, (conditioner) => {
      const refused = { code: 'RXD_CONDITION_INVALID', message: expect.stringMatching(says) as string };
      expect(() => void conditioner.prepare(condition, { count: 2 })).toThrow(expect.objectContaining(refused));
    }),
  );

  it('reads captions in training, and drops texts whose number lies below the share', () =>
    withEncoder({ text_dropout: 0.5, column: 'said', frozen: false }, async (conditioner) => {
      expect([conditioner.reads, conditioner.frozen]).toEqual([['said'], false]);
      const said = { kind: 'text', values: ['a', 'a'] } as const;
      const uniform = (example: number): number => [0.4, 0.6][example] ?? 0;
      const { input_ids: ids } = await conditioner.prepareBatch({ said }, { count: 2, uniform });
      expect([ids?.data[1], ids?.data[9]]).toEqual([573, 320]);
      expect(() => void conditioner.prepareBatch({}, { count: 2, uniform })).toThrow(/RXD_CONDITION_INVALID/);
    }));
});
