import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine } from 'rxdiffusion';
import { codecChecks, type CodecRecord, type OutputRecord } from './codecs.js';
import type { NetworkFolder } from './network-folder.js';
import { textChecks, type TextRecord } from './text-encoders.js';
import { controlChecks } from './controls.js';
import { unetChecks } from './unets.js';

/** A check of a part of a pipeline: its worst difference in units of the tolerance. */
export type PartCheck = readonly [name: string, check: () => Promise<number>];

/** What a record of a whole pipeline holds of its parts. */
interface PartsRecord {
  readonly text?: TextRecord;
  readonly text_2?: TextRecord;
  readonly vae?: PipelineCodecRecord;
  readonly encode?: CodecRecord['encode'];
  readonly decode?: CodecRecord['decode'];
  readonly codec_gradients?: CodecRecord['gradients'];
  /** Where configs and tokenizers are, if not here. */
  readonly config?: string;
  /** One file with the weights of all parts. */
  readonly checkpoint?: string;
}

/** What a record of a pipeline says of its autoencoder. */
interface PipelineCodecRecord {
  readonly image: string;
  readonly mean: OutputRecord;
  readonly logvar: OutputRecord;
  readonly latents: string;
  readonly decoded: OutputRecord;
}

/** The checks of text encoders, autoencoder and U-Net over tokens that lie in a folder, beside its network. */
export async function partChecks(folder: NetworkFolder, engine: Engine): Promise<readonly PartCheck[]> {
  const record = folder.record as unknown as PartsRecord;
  const place = join(folder.path, record.config ?? '');
  const inFile = record.checkpoint === undefined ? undefined : join(folder.path, record.checkpoint);
  return [
    ...textPartChecks(folder, record, { place, inFile }, engine),
    ...codecPartChecks(folder, record, { place, inFile }, engine),
    ...(await unetChecks(folder, engine)),
    ...(await controlChecks(folder, engine)),
  ];
}

/** Where the parts of a pipeline are. */
interface Places {
  readonly place: string;
  /** One file with the weights of all. */
  readonly inFile: string | undefined;
}

function codecPartChecks(
  folder: NetworkFolder,
  record: PartsRecord,
  { place, inFile }: Places,
  engine: Engine,
): readonly PartCheck[] {
  const said = codecRecord(record);
  if (said === undefined || !existsSync(join(place, 'vae/config.json'))) return [];
  const stored = {
    folder: join(place, 'vae'),
    ...(inFile === undefined ? {} : { weights: { file: inFile, below: 'first_stage_model.' } }),
  };
  return codecChecks(folder, said, stored, engine).map(([name, check]) => [`vae ${name}`, check] as const);
}

function codecRecord({ vae, encode, decode, codec_gradients: gradients }: PartsRecord): CodecRecord | undefined {
  if (encode && decode) return { encode, decode, ...(gradients ? { gradients } : {}) };
  if (vae === undefined) return undefined;
  const { image, mean, logvar, latents, decoded } = vae;
  return {
    encode: [{ name: 'encode', image, outputs: { mean, logvar } }],
    decode: [{ name: 'decode', latents, image: decoded.tensor, tolerance: decoded.tolerance }],
    ofPipeline: true,
  };
}

function textPartChecks(
  folder: NetworkFolder,
  record: PartsRecord,
  { place, inFile }: Places,
  engine: Engine,
): readonly PartCheck[] {
  return ['', '_2'].flatMap((suffix) => {
    const text = record[`text${suffix}` as 'text'];
    if (text === undefined || !existsSync(join(place, `text_encoder${suffix}`))) return [];
    const stored = {
      encoder: join(place, `text_encoder${suffix}`),
      tokenizer: join(place, `tokenizer${suffix}`),
      ...(inFile === undefined ? {} : { weights: { file: inFile, below: 'cond_stage_model.' } }),
    };
    return textChecks(folder, text, stored, engine).map(([name, check]) => [`text${suffix} ${name}`, check] as const);
  });
}
