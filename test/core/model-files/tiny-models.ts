import { joined, tagged } from '../../../src/core/model-files/proto-writer.js';
import protobuf from 'protobufjs/minimal.js';

/** Numbers of element types in onnx.proto. */
const ELEMENT = { float32: 1, int32: 6, int64: 7, text: 8, float16: 10, complex64: 14 } as const;

type Element = keyof typeof ELEMENT;

/** An input or output: its name, its type and its shape, whose words are free sides. */
type Port = readonly [name: string, type: Element, dims: readonly (number | string)[]];

/** A node of a graph. */
export interface TinyNode {
  readonly op: string;
  readonly from: readonly string[];
  readonly to: string;
  readonly domain?: string;
  /** Attributes that are whole numbers. */
  readonly numbers?: Readonly<Record<string, number>>;
  /** A graph inside of it. */
  readonly inside?: Uint8Array;
}

/** Weights of the type float32. */
interface TinyWeight {
  readonly name: string;
  readonly dims: readonly number[];
  /** Their numbers, or the entries that say in which file they lie. */
  readonly values: readonly number[] | Readonly<Record<string, string>>;
}

/** A model of few nodes. */
export interface TinyModel {
  readonly inputs?: readonly Port[];
  readonly outputs?: readonly Port[];
  readonly nodes?: readonly TinyNode[];
  readonly weights?: readonly TinyWeight[];
}

/** The bytes of an ONNX file, as onnx.proto has it: version 8 of the format, version 17 of the operators. */
export function modelBytes(model: TinyModel): Uint8Array<ArrayBuffer> {
  return joined([whole(1, 8), tagged(7, graphBytes(model)), tagged(8, joined([word(1, ''), whole(2, 17)]))]);
}

/** The bytes of a graph (GraphProto). */
export function graphBytes({ inputs = [], outputs = [], nodes = [], weights = [] }: TinyModel): Uint8Array {
  return joined([
    ...nodes.map((node) => tagged(1, nodeBytes(node))),
    word(2, 'tiny'),
    ...weights.map((weight) => tagged(5, weightBytes(weight))),
    ...inputs.map((port) => tagged(11, portBytes(port))),
    ...outputs.map((port) => tagged(12, portBytes(port))),
  ]);
}

/** A field that holds a text. */
export const word = (number: number, value: string): Uint8Array => tagged(number, new TextEncoder().encode(value));

/** A field that holds a whole number. */
export const whole = (number: number, value: number): Uint8Array =>
  protobuf.Writer.create()
    .uint32(number << 3)
    .int64(value)
    .finish();

function nodeBytes({ op, from, to, domain, numbers = {}, inside }: TinyNode): Uint8Array {
  return joined([
    ...from.map((name) => word(1, name)),
    ...[word(2, to), word(4, op)],
    ...Object.entries(numbers).map(([name, value]) =>
      tagged(5, joined([word(1, name), whole(3, value), whole(20, 2)])),
    ),
    ...(inside ? [tagged(5, joined([word(1, 'body'), tagged(6, inside), whole(20, 5)]))] : []),
    ...(domain === undefined ? [] : [word(7, domain)]),
  ]);
}

function weightBytes({ name, dims, values }: TinyWeight): Uint8Array {
  const numbers = Array.isArray(values)
    ? [tagged(9, new Uint8Array(Float32Array.from(values as readonly number[]).buffer))]
    : [...Object.entries(values as Readonly<Record<string, string>>).map(entryBytes), whole(14, 1)];
  return joined([...dims.map((dim) => whole(1, dim)), whole(2, ELEMENT.float32), word(8, name), ...numbers]);
}

const entryBytes = ([key, value]: readonly [string, string]): Uint8Array =>
  tagged(13, joined([word(1, key), word(2, value)]));

function portBytes([name, type, dims]: Port): Uint8Array {
  const sides = dims.map((dim) => tagged(1, typeof dim === 'number' ? whole(1, dim) : word(2, dim)));
  return joined([word(1, name), tagged(2, tagged(1, joined([whole(1, ELEMENT[type]), tagged(2, joined(sides))])))]);
}
