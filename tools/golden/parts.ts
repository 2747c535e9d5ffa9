import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine } from 'rxdiffusion';
import type { NetworkFolder } from './network-folder.js';
import { textChecks, type TextRecord } from './text-encoders.js';

/** A check of a part of a pipeline: its worst difference in units of the tolerance. */
export type PartCheck = readonly [name: string, check: () => Promise<number>];

/** What a record of a whole pipeline holds of its parts. */
interface PartsRecord {
  readonly text?: TextRecord;
  readonly text_2?: TextRecord;
  /** Where configs and tokenizers are, if not here. */
  readonly config?: string;
  /** One file with the weights of all parts. */
  readonly checkpoint?: string;
}

/** The checks of text encoders that lie in a folder, beside its network. */
export function partChecks(folder: NetworkFolder, engine: Engine): readonly PartCheck[] {
  const record = folder.record as unknown as PartsRecord;
  const place = join(folder.path, record.config ?? '');
  const inFile = record.checkpoint === undefined ? undefined : join(folder.path, record.checkpoint);
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
