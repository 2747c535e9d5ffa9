import type { ModelElement, ModelPort } from '../contracts/model-file.js';
import { unsupported } from '../storage/corrupt.js';
import { fieldsOf, ProtoError, textOf } from './proto-fields.js';

/** Element types by their number in onnx.proto (TensorProto.DataType): those that may go in and out. */
const ELEMENTS: Readonly<Record<number, ModelElement>> = {
  1: 'float32',
  2: 'uint8',
  3: 'int8',
  6: 'int32',
  7: 'int64',
  9: 'bool',
  10: 'float16',
  11: 'float64',
  16: 'bfloat16',
};

/** The number of an element type. */
export function elementNumber(type: ModelElement): number {
  return Number(Object.keys(ELEMENTS).find((key) => ELEMENTS[Number(key)] === type));
}

/** Most axes of an input or output. */
const MOST_RANK = 16;

/**
 * An input or output of a graph (ValueInfoProto).
 *
 * @throws DiffusionError `RXD_FORMAT_UNSUPPORTED` for one that is no tensor of numbers; `ProtoError`
 */
export function portOf(file: string, body: Uint8Array): ModelPort {
  let name = '';
  let type: Uint8Array | undefined;
  for (const field of fieldsOf(body)) {
    if (field.number === 1) name = textOf(field.body);
    if (field.number === 2) type = field.body;
  }
  if (name === '') throw new ProtoError('an input or output without a name');
  const tensor = type && bodyOf(type, 1);
  if (tensor === undefined) throw refused(file, name, 'no tensor');
  let element = 0;
  let shape: Uint8Array | undefined;
  for (const field of fieldsOf(tensor)) {
    if (field.number === 1) element = field.value;
    if (field.number === 2) shape = field.body;
  }
  const known = ELEMENTS[element];
  if (known === undefined) throw refused(file, name, `elements of the type ${element}`);
  return { name, type: known, dims: shape && dimsOf(file, name, shape) };
}

/** The last field of a number, as bytes. */
function bodyOf(message: Uint8Array, number: number): Uint8Array | undefined {
  let found: Uint8Array | undefined;
  for (const field of fieldsOf(message)) if (field.number === number) found = field.body;
  return found;
}

function dimsOf(file: string, name: string, shape: Uint8Array): readonly (number | string)[] {
  const dims: (number | string)[] = [];
  for (const { number, body } of fieldsOf(shape)) {
    if (number !== 1 || body === undefined) continue;
    dims.push(dimOf(body, dims.length));
  }
  const wrong = dims.find((dim) => typeof dim === 'number' && !(Number.isSafeInteger(dim) && dim > 0));
  if (wrong !== undefined || dims.length > MOST_RANK) throw refused(file, name, `the shape [${dims.join(', ')}]`);
  return dims;
}

/** A side that nothing is said of is free, under a name of its own. */
function dimOf(body: Uint8Array, axis: number): number | string {
  let dim: number | string = `free ${axis}`;
  for (const field of fieldsOf(body)) {
    if (field.number === 1) dim = field.value;
    if (field.number === 2) dim = textOf(field.body) || dim;
  }
  return dim;
}

function refused(file: string, name: string, got: string): Error {
  return unsupported(
    file,
    `${name}: ${got}`,
    `inputs and outputs that are tensors of ${Object.values(ELEMENTS).join(', ')}`,
    'export the network again',
  );
}
