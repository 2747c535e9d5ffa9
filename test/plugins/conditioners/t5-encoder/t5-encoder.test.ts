import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { Roles, type ConditionInputs, type Conditioner } from 'rxdiffusion';
import { t5EncoderWith } from 'rxdiffusion/diffusers';
import { inputTensors } from '../../../../src/core/training/condition-inputs.js';
import { t5EncoderName } from '../../../../src/plugins/conditioners/t5-encoder/names.js';
import { distanceBuckets } from '../../../../src/plugins/conditioners/t5-encoder/positions.js';
import { tokenizerFiles } from '../../../../src/plugins/conditioners/text/tokenizer-files.js';
import { conditionerLaws } from '../../../../src/testing/conditioner-laws.js';
import { pluginLaws } from '../../../../src/testing/plugin-laws.js';
import { create, made } from '../../plugins-of.js';

beforeAll(() => tf.setBackend('cpu'));

const json = (name: string) =>
  JSON.parse(readFileSync(`test/golden/text-encoders/t5/tokenizer/${name}`, 'utf8')) as Record<string, unknown>;
const tokenizer = tokenizerFiles.parse({
  'tokenizer.json': json('tokenizer.json'),
  'tokenizer_config.json': json('tokenizer_config.json'),
});
const small = { vocab_size: 70, d_model: 6, d_kv: 3, d_ff: 8, num_layers: 2, num_heads: 2, max_tokens: 6 };

async function withEncoder<T>(config: object, use: (conditioner: Conditioner) => T | Promise<T>): Promise<T> {
  const conditioner = await made(Roles.conditioner, 't5-encoder', { ...small, tokenizer, ...config });
  try {
    return await use(conditioner);
  } finally {
    conditioner.dispose?.();
  }
}

function encoded(conditioner: Conditioner, inputs: ConditionInputs): Record<string, number[]> {
  return tf.tidy(() => {
    const conditions = conditioner.encode(conditioner.parameters ?? {}, inputTensors(inputs));
    return Object.fromEntries(Object.entries(conditions).map(([name, tensor]) => [name, [...tensor.dataSync()]]));
  });
}

describe('t5-encoder', () => {
  it('keeps the laws of plugins, with the config.json of a repository', () => {
    const notes = { architectures: ['T5EncoderModel'], dense_act_fn: 'gelu_new', is_gated_act: true, use_cache: false };
    const plugin = t5EncoderWith(tokenizer, 'my-t5');
    pluginLaws(plugin, [{}, { ...small, ...notes, feed_forward_proj: 'gated-gelu', tokenizer }]);
    expect(plugin.config.safeParse({ feed_forward_proj: 'gated-sorcery' }).success).toBe(false);
  });

  it.each([{}, { frozen: false, feed_forward_proj: 'gated-gelu' }, { attention_mask: true }])(
    'keeps the laws of conditioners: %j',
    (config) =>
      withEncoder(config, async (conditioner) => {
        const caption = { kind: 'text', values: ['the cat', 'a dog', ''] } as const;
        const conditions = ['the fox', { ids: [5, 6, 1, 0, 0, 0] }];
        const refused = [7, { ids: [1] }];
        await expect(
          conditionerLaws(conditioner, { conditions, refused, columns: { caption } }),
        ).resolves.toBeUndefined();
      }),
  );

  it('ends each text and pads it; the same ids may be given as they are', () =>
    withEncoder({ attention_mask: true }, async (conditioner) => {
      const { input_ids: ids, mask } = await conditioner.prepare(['the', 'a photo of a red fox in the snow'], {
        count: 2,
      });
      expect([ids?.data[2], ids?.data[3], ids?.data[11]]).toEqual([1, 0, 1]);
      expect([...(mask?.data ?? [])]).toEqual([1, 1, 1, 0, 0, 0, 1, 1, 1, 1, 1, 1]);
      const given = { ids: [[...(ids?.data ?? [])].slice(0, 6), [...(ids?.data ?? [])].slice(6)] };
      expect(await conditioner.prepare(given, { count: 2 })).toEqual({ input_ids: ids, mask });
    }));

  it('trims texts and writes them in lower case where that is asked for', async () => {
    const ids = (config: object, text: string) =>
      withEncoder(config, async (conditioner) => (await conditioner.prepare(text, { count: 1 }))['input_ids']?.data);
    expect(await ids({ lower_case: true }, '  The FOX ')).toEqual(await ids({}, 'the fox'));
    expect(await ids({}, 'The FOX')).not.toEqual(await ids({}, 'the fox'));
  });

  it('lets no token attend to padding where a mask is asked for, and gives the mask', () =>
    withEncoder({ attention_mask: true }, async (conditioner) => {
      expect(Object.keys(conditioner.gives ?? {})).toEqual(['encoder_hidden_states', 'encoder_attention_mask']);
      const inputs = await conditioner.prepare({ ids: [5, 6, 1, 0, 0, 0] }, { count: 1 });
      const others = { ...inputs, input_ids: { ...inputs['input_ids'], data: Int32Array.of(5, 6, 1, 9, 8, 7) } };
      const seen = (columns: object) =>
        encoded(conditioner, columns as ConditionInputs)['encoder_hidden_states']?.slice(0, 18);
      expect(seen(others)).toEqual(seen(inputs));
      expect(encoded(conditioner, inputs)['encoder_attention_mask']).toEqual([1, 1, 1, 0, 0, 0]);
    }));

  it('holds its tokenizer in code where it was made so, and says no condition by the empty text', async () => {
    const conditioner = await create(t5EncoderWith(tokenizer, 'my-t5'), small);
    const { input_ids: ids, mask } = (await conditioner.prepareNothing?.({ count: 3 })) ?? {};
    expect([[...(ids?.data ?? [])], mask]).toEqual([[1, 0, 0, 0, 0, 0], undefined]);
    conditioner.dispose?.();
  });

  it('reads captions in training', () =>
    withEncoder({ text_dropout: 0.5 }, async (conditioner) => {
      const caption = { kind: 'text', values: ['the', 'the'] } as const;
      const uniform = (example: number): number => [0.4, 0.6][example] ?? 0;
      const { input_ids: ids } = await conditioner.prepareBatch({ caption }, { count: 2, uniform });
      expect([ids?.data[0], ids?.data[8]]).toEqual([1, 1]);
    }));

  it.each([
    [{ tokenizer: null }, 'a', /no tokenizer/],
    [{}, 3, /a text/],
    [{}, { ids: [1, 2] }, /6 ids/],
  ])('refuses with %j the condition %j', (config, condition, says) =>
    withEncoder(config, (conditioner) => {
      const refused = { code: 'RXD_CONDITION_INVALID', message: expect.stringMatching(says) as string };
      expect(() => void conditioner.prepare(condition, { count: 2 })).toThrow(expect.objectContaining(refused));
    }),
  );

  it('puts distances into buckets: near ones alone, far ones together, both directions apart', () => {
    const row = [...distanceBuckets(40, { buckets: 8, mostDistance: 16 }).subarray(0, 40)];
    expect(row.slice(0, 8)).toEqual([0, 5, 6, 6, 6, 6, 7, 7]);
    expect(new Set(row.slice(8))).toEqual(new Set([7]));
    const back = distanceBuckets(3, { buckets: 8, mostDistance: 16 });
    expect([back[3], back[6]]).toEqual([1, 2]);
  });

  it.each([
    ['shared.weight', 'shared.weight'],
    ['encoder.embed_tokens.weight', 'shared.weight'],
    ['encoder.block.0.layer.1.DenseReluDense.wo.weight', 'encoder.block.0.layer.1.DenseReluDense.wo.weight'],
    ['decoder.block.0.layer.0.layer_norm.weight', undefined],
    ['lm_head.weight', undefined],
  ])('knows %s as %s', (old, now) => expect(t5EncoderName(old)).toBe(now));
});
