import { isPlainObject, type Settings } from '../../../../core/assembly/plain-json.js';
import { DiffusionError } from '../../../../core/errors/diffusion-error.js';
import { corrupt } from '../../../../core/storage/corrupt.js';
import { jsonOf, type ReadFile } from '../../../../core/storage/model-folder.js';

const FILE = 'model_index.json';

/** A part's folder lies beside the index: a path is refused. */
const PART = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

/** What `model_index.json` says. */
export interface ModelIndex {
  /** The class of the whole pipeline. */
  readonly className: string;
  /** The class of each part that is there, by the name of its folder. */
  readonly parts: Readonly<Record<string, string>>;
  /** Its other fields: `force_zeros_for_empty_prompt`, … */
  readonly options: Settings;
}

/**
 * Reads the index of a pipeline folder.
 *
 * @throws DiffusionError `RXD_STORE_READ` where there is none, `RXD_FILE_CORRUPT`
 */
export async function readModelIndex(read: ReadFile): Promise<ModelIndex> {
  const json = await jsonOf(read, FILE);
  if (json === undefined) throw noIndex();
  const className = isPlainObject(json) ? json['_class_name'] : undefined;
  if (!isPlainObject(json) || typeof className !== 'string') throw corrupt(FILE, 'a _class_name', typeof className);
  const fields = Object.entries(json).filter(([key]) => !key.startsWith('_'));
  const lists = fields.filter(([, value]) => Array.isArray(value));
  const parts = lists.flatMap(([name, value]) => partOf(name, value as readonly unknown[]));
  const options = fields.filter(([, value]) => !Array.isArray(value));
  return { className, parts: Object.fromEntries(parts), options: Object.fromEntries(options) };
}

/** A part is `[library, class]`, `[null, null]` where the pipeline goes without. */
function partOf(name: string, value: readonly unknown[]): readonly (readonly [name: string, className: string])[] {
  const [library, className] = value;
  if (library === null && className === null) return [];
  if (value.length !== 2 || typeof className !== 'string')
    throw corrupt(FILE, 'parts as [library, class]', `${name}: ${JSON.stringify(value).slice(0, 80)}`);
  if (!PART.test(name)) throw corrupt(FILE, 'plain names of folders', JSON.stringify(name.slice(0, 80)));
  return [[name, className]];
}

function noIndex(): DiffusionError {
  return new DiffusionError('RXD_STORE_READ', {
    problem: `there is no ${FILE}`,
    expected: 'a folder of a whole pipeline, as diffusers saves it',
    fix: 'name the folder above `unet/` or `transformer/`; one network alone is read by `denoiserFromFiles`',
  });
}
