import { sourceOf } from '../../../../core/storage/byte-sources.js';
import type { Loading } from '../../../../core/storage/loading.js';
import type { ReadFile } from '../../../../core/storage/model-folder.js';
import { placeOf, type WeightsPlace } from '../../../../core/storage/weights.js';
import type { ReadableTensors } from '../../../../core/tensors/plain-tensor.js';
import { SingleFile, type BesideFile } from './single-file/single-file.js';

/** Where the files of a pipeline are, open. */
export interface PipelinePlace {
  readonly read: ReadFile;
  /** `fp16` reads `*.fp16.safetensors`; the plain files where absent. */
  readonly variant?: string | undefined;
  /** Is told of the bytes of weights, and may end their reading. */
  readonly loading: Loading;
  /** The tensors of a part that lie elsewhere than in its folder; `undefined` where they lie there. */
  readonly elsewhere?: (part: string) => Promise<ReadableTensors | undefined>;
  /** Closes what was opened. Idempotent. */
  close(): Promise<void>;
}

/** What says where a pipeline is, beside the place itself. */
interface PlaceOptions extends BesideFile {
  readonly variant?: string;
  readonly file?: string;
}

/** Opens a place: a function reads a folder, all else is one file. */
export async function openPlace(
  from: ReadFile | WeightsPlace,
  { variant, file: called, ...beside }: PlaceOptions,
  loading: Loading,
): Promise<PipelinePlace> {
  if (typeof from === 'function') {
    const read: ReadFile = async (path) => {
      loading.refuseAborted();
      return from(path, loading);
    };
    return { read, variant, loading, close: () => Promise.resolve() };
  }
  const place = await placeOf(from, loading);
  const source = sourceOf(place);
  const close = async (): Promise<void> => source.close?.();
  try {
    // Bytes that are in memory are not loaded.
    const watch = place === source ? loading : undefined;
    const name = called ?? (from instanceof URL ? from.href : 'the file');
    const file = await SingleFile.open(source, name, { ...beside, loading: watch });
    return { read: file.read, variant, loading, elsewhere: (part) => file.weights(part), close };
  } catch (error) {
    await close();
    throw error;
  }
}
