import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import type { Conditioner, Conditioning, Engine, PlainTensors } from 'rxdiffusion';
import { toDisk } from '../../src/core/tensors/parameters.js';
import { inputTensors } from '../../src/core/training/condition-inputs.js';
import { clipTextOf } from '../../src/plugins/conditioners/clip-text/clip-text.js';
import { clipTextConfig } from '../../src/plugins/conditioners/clip-text/config.js';
import { clipTextName } from '../../src/plugins/conditioners/clip-text/names.js';
import { clipTextShapes } from '../../src/plugins/conditioners/clip-text/parameter-shapes.js';
import { t5EncoderConfig } from '../../src/plugins/conditioners/t5-encoder/config.js';
import { t5EncoderName } from '../../src/plugins/conditioners/t5-encoder/names.js';
import { t5EncoderShapes } from '../../src/plugins/conditioners/t5-encoder/parameter-shapes.js';
import { t5EncoderOf } from '../../src/plugins/conditioners/t5-encoder/t5-encoder.js';
import { readTokenizer } from '../../src/plugins/conditioners/text/read-tokenizer.js';
import type { TextTokenizer } from '../../src/plugins/conditioners/text/tokenizer.js';
import { TOKENIZER_FILES, tokenizerFiles } from '../../src/plugins/conditioners/text/tokenizer-files.js';
import { namedTensor, relativeDifference, type NetworkFolder } from './network-folder.js';
import { storedConfig, storedTensors, storedWeights } from './stored-part.js';

/** What a text encoder said of the prompts of a record. */
export interface TextRecord {
  readonly prompts: readonly string[];
  readonly input_ids: readonly (readonly number[])[];
  readonly [output: string]: unknown;
}

interface OutputRecord {
  readonly tensor: string;
  readonly tolerance: number;
}

/** Where a text encoder is stored: its folder, its tokenizer's, and its weights where they lie in another file. */
export interface TextPlace {
  readonly encoder: string;
  readonly tokenizer: string;
  readonly weights?: { readonly file: string; readonly below: string };
}

/** The outputs of a record, and the settings and the condition that give them. */
const OUTPUTS = {
  last_hidden_state: [{}, 'encoder_hidden_states'],
  penultimate: [{ hidden_states: 'penultimate' }, 'encoder_hidden_states'],
  masked: [{ attention_mask: true }, 'encoder_hidden_states'],
  pooled: [{ pooled: true }, 'pooled'],
} as const;

/** The checks of one text encoder by name: each gives its worst difference in units of the tolerance. */
export function textChecks(
  folder: NetworkFolder,
  record: TextRecord,
  place: TextPlace,
  engine: Engine,
): readonly (readonly [name: string, check: () => Promise<number>])[] {
  const ids = async (): Promise<number> => {
    const inputs = await withEncoder(place, settingsOf(record, {}), engine, (encoder) =>
      encoder.prepare(record.prompts, count(record)),
    );
    const got = inputs['input_ids']?.data ?? [];
    const expected = record.input_ids.flat();
    return got.length === expected.length && expected.every((id, at) => got[at] === id) ? 0 : Infinity;
  };
  const outputs = Object.entries(OUTPUTS).filter(([name]) => record[name] !== undefined);
  const { gradients } = record as { readonly gradients?: Readonly<Record<string, OutputRecord>> };
  return [
    ['input_ids', ids],
    ...(gradients ? [['gradients', () => worstGradient(folder, record, gradients, place, engine)] as const] : []),
    ...outputs.map(([name, [settings, condition]]) => {
      const { tensor, tolerance } = record[name] as OutputRecord;
      const check = async (): Promise<number> => {
        const got = await statesOf(record, place, settings, engine, (encoded) =>
          condition === 'pooled' ? (encoded['text_embeds'] ?? encoded['pooler_output']) : encoded[condition],
        );
        return relativeDifference(got, namedTensor(folder, tensor).data) / tolerance;
      };
      return [name, check] as const;
    }),
  ];
}

/** Rows of T5 are as long as those of the record; CLIP's are what its config says. */
const settingsOf = ({ input_ids: [row = []], ...record }: TextRecord, settings: object): object =>
  record['attention_mask'] === undefined ? settings : { max_tokens: row.length, ...settings };

const count = ({ prompts }: TextRecord) => ({ count: prompts.length });

function statesOf(
  record: TextRecord,
  place: TextPlace,
  settings: object,
  engine: Engine,
  pick: (encoded: Conditioning) => tf.Tensor | undefined,
): Promise<Float32Array> {
  return withEncoder(place, settingsOf(record, settings), engine, async (encoder) => {
    const inputs = await encoder.prepare(record.prompts, count(record));
    const states = engine.run(() =>
      tf.tidy(() => pick(encoder.encode(encoder.parameters ?? {}, inputTensors(inputs))) as tf.Tensor),
    );
    const data = await states.data<'float32'>();
    states.dispose();
    return data;
  });
}

/** Gradients of mean(last_hidden_state²), plus mean(pooled²) where there is one. */
function worstGradient(
  folder: NetworkFolder,
  record: TextRecord,
  gradients: Readonly<Record<string, OutputRecord>>,
  place: TextPlace,
  engine: Engine,
): Promise<number> {
  return withEncoder(
    place,
    settingsOf(record, record['pooled'] === undefined ? {} : { pooled: true }),
    engine,
    async ({ parameters = {}, ...encoder }) => {
      const inputs = await encoder.prepare(record.prompts, count(record));
      const names = Object.keys(parameters);
      const slopes = engine.run(() =>
        tf.tidy(() => {
          const columns = inputTensors(inputs);
          const loss = (...weights: tf.Tensor[]): tf.Tensor => {
            const set = Object.fromEntries(names.map((name, at) => [name, weights[at] as tf.Tensor]));
            const means = Object.values(encoder.encode(set, columns)).map((states) => tf.mean(tf.square(states)));
            return tf.addN(means);
          };
          return tf.grads(loss)(Object.values(parameters));
        }),
      );
      const differences = Object.entries(gradients).map(async ([old, { tensor, tolerance }]) => {
        const name = names.includes(old) ? old : (clipTextName(old) ?? old);
        const slope = slopes[names.indexOf(name)] as tf.Tensor;
        const plain = { dtype: 'float32', shape: slope.shape, data: await slope.data<'float32'>() } as const;
        const got = toDisk({ [name]: plain }, encoder.layout)[name]?.data ?? [];
        return relativeDifference(got, namedTensor(folder, tensor).data) / tolerance;
      });
      const worst = Math.max(...(await Promise.all(differences)));
      tf.dispose(slopes);
      return worst;
    },
  );
}

async function withEncoder<T>(
  place: TextPlace,
  settings: object,
  engine: Engine,
  use: (encoder: Conditioner) => T | Promise<T>,
): Promise<T> {
  const { encoder: folder, tokenizer: files, weights } = place;
  const stored = await storedTensors(weights?.file ?? join(folder, 'model.safetensors'));
  const own = Object.entries(stored).filter(([name]) => name.startsWith(weights?.below ?? ''));
  const config = { ...(await storedConfig(folder)), ...settings };
  const make = config.model_type === 't5' ? t5 : clip;
  const encoder = make(config, Object.fromEntries(own), readTokenizer(await storedTokenizer(files)), engine);
  try {
    return await use(encoder);
  } finally {
    encoder.dispose?.();
  }
}

type MakeEncoder = (json: object, tensors: PlainTensors, tokenizer: TextTokenizer, engine: Engine) => Conditioner;

const clip: MakeEncoder = (json, tensors, tokenizer, engine) => {
  const config = clipTextConfig.parse(json);
  const names = { specs: clipTextShapes(config), named: clipTextName };
  return clipTextOf(config, storedWeights(tensors, names, engine), tokenizer);
};

const t5: MakeEncoder = (json, tensors, tokenizer, engine) => {
  const config = t5EncoderConfig.parse(json);
  const names = { specs: t5EncoderShapes(config), named: t5EncoderName };
  return t5EncoderOf(config, storedWeights(tensors, names, engine), tokenizer);
};

async function storedTokenizer(folder: string) {
  const files: Record<string, unknown> = {};
  for (const name of TOKENIZER_FILES) {
    if (!existsSync(join(folder, name))) continue;
    const text = await readFile(join(folder, name), 'utf8');
    files[name] = name.endsWith('.json') ? JSON.parse(text) : text;
  }
  return tokenizerFiles.parse(files);
}
