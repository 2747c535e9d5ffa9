import { corrupt, unsupported } from '../storage/corrupt.js';
import { fieldsOf, numbersOf, ProtoError, textOf } from './proto-fields.js';

/** Bits of an element, by its number in onnx.proto; texts have no size. */
const BITS: Readonly<Record<number, number>> = {
  ...{ 1: 32, 2: 8, 3: 8, 4: 16, 5: 16, 6: 32, 7: 64, 9: 8, 10: 16, 11: 64, 12: 32, 13: 64, 14: 64, 15: 128 },
  ...{ 16: 16, 17: 8, 18: 8, 19: 8, 20: 8, 21: 4, 22: 4, 23: 4, 24: 8, 25: 2, 26: 2 },
};

/** A file lies beside the model file, or in a folder below: no way up, no root, no drive. */
const PLACE = /^[A-Za-z0-9_][A-Za-z0-9_.-]*(\/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$/;

/** Where the numbers of a tensor lie in another file. */
export interface ExternalPlace {
  readonly tensor: string;
  readonly location: string;
  readonly offset: number;
  readonly length: number;
}

/** What a tensor of a model file takes. */
export interface TensorFacts {
  /** Bytes of its numbers. */
  readonly bytes: number;
  readonly external?: ExternalPlace;
}

const TEXTS = 8;

/**
 * Checks a tensor (TensorProto) without reading its numbers.
 *
 * @throws DiffusionError `RXD_FILE_CORRUPT` for a size that its numbers do not have or for a place out of the folder
 */
export function tensorFacts(file: string, body: Uint8Array): TensorFacts {
  const dims: number[] = [];
  const entries: Record<string, string> = {};
  let [type, name, raw, isExternal] = [0, '', undefined as number | undefined, false];
  for (const field of fieldsOf(body)) {
    if (field.number === 1) for (const dim of numbersOf(field)) dims.push(dim);
    if (field.number === 2) type = field.value;
    if (field.number === 8) name = textOf(field.body);
    if (field.number === 9) raw = field.body?.length ?? 0;
    if (field.number === 13 && field.body !== undefined) Object.assign(entries, entryOf(field.body));
    if (field.number === 14) isExternal = field.value === 1;
  }
  const bytes = bytesOf(file, name, dims, type);
  if (isExternal) return { bytes, external: placeOf(file, name, entries, bytes) };
  if (raw !== undefined && type !== TEXTS && raw !== bytes)
    throw corrupt(file, `${bytes} bytes of ${name}, as its shape says`, `${raw} bytes`);
  return { bytes };
}

function bytesOf(file: string, name: string, dims: readonly number[], type: number): number {
  const bits = BITS[type] ?? (type === TEXTS ? 0 : undefined);
  if (bits === undefined) throw unsupported(file, `${name}: elements of the type ${type}`, 'a type of onnx.proto');
  const count = dims.reduce((product, dim) => product * dim, 1);
  if (!dims.every((dim) => Number.isSafeInteger(dim) && dim >= 0) || count > Number.MAX_SAFE_INTEGER / 16)
    throw corrupt(file, 'shapes of whole numbers', `${name}: [${dims.join(', ')}]`);
  return Math.ceil((count * bits) / 8);
}

/** A key and a text (StringStringEntryProto). */
function entryOf(body: Uint8Array): Readonly<Record<string, string>> {
  let [key, value] = ['', ''];
  for (const field of fieldsOf(body)) {
    if (field.number === 1) key = textOf(field.body);
    if (field.number === 2) value = textOf(field.body);
  }
  return { [key]: value };
}

function placeOf(
  file: string,
  tensor: string,
  entries: Readonly<Record<string, string>>,
  bytes: number,
): ExternalPlace {
  const { location = '', offset = '0', length = String(bytes) } = entries;
  if (!PLACE.test(location) || location.length > 512)
    throw corrupt(file, 'external data in files beside it', `${tensor}: ${JSON.stringify(location.slice(0, 80))}`);
  const [from, size] = [Number(offset), Number(length)];
  if (!/^\d+$/.test(offset) || !Number.isSafeInteger(from + bytes)) throw new ProtoError(`the offset of ${tensor}`);
  if (size !== bytes) throw corrupt(file, `${bytes} bytes of ${tensor}, as its shape says`, `${length} bytes`);
  return { tensor, location, offset: from, length: bytes };
}
