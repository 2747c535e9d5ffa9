import protobuf from 'protobufjs/minimal.js';
import { livePart } from './live-nodes.js';
import type { OnnxAttribute, OnnxConstant, OnnxGraph, OnnxNode, OnnxPort, OnnxType } from './onnx-graph.js';

type Writer = protobuf.Writer;

const IR_VERSION = 10;

/** Operator sets that graphs may use, by domain. */
const OPSETS: Readonly<Record<string, number>> = { '': 21, 'com.microsoft': 1, 'com.microsoft.nchwc': 1 };

/** TensorProto.DataType. */
const TYPES: Readonly<Record<OnnxType, number>> = { float32: 1, int32: 6, int64: 7, bool: 9, float16: 10 };

/** AttributeProto.AttributeType. */
const KINDS = { float: 1, int: 2, string: 3, ints: 7 } as const;

/** Wire types of protobuf. */
const VARINT = 0;
const BYTES = 2;
const FIXED32 = 5;

/**
 * The first output of every model, an empty sequence. onnxruntime-node writes the others where it is told, then copies each
 * into memory of its own, which costs a train step a tenth of its time; it stops at the first that is no tensor.
 */
export const DONE_OUTPUT = 'done';

const DONE_NODE: OnnxNode = { op: 'SequenceEmpty', domain: '', inputs: [], outputs: [DONE_OUTPUT], attributes: {} };

/** A graph as the bytes of an ONNX file (onnx.proto, field numbers as there). */
export function onnxModel(graph: OnnxGraph): Uint8Array {
  const writer = protobuf.Writer.create();
  integer(writer, 1, IR_VERSION);
  text(writer, 2, 'rxdiffusion');
  message(writer, 7, () => writeGraph(writer, graph));
  for (const [domain, version] of Object.entries(OPSETS)) {
    message(writer, 8, () => {
      text(writer, 1, domain);
      integer(writer, 2, version);
    });
  }
  return writer.finish();
}

function writeGraph(writer: Writer, graph: OnnxGraph): void {
  const { nodes, constants } = livePart(graph);
  for (const node of [DONE_NODE, ...nodes]) message(writer, 1, () => writeNode(writer, node));
  text(writer, 2, 'graph');
  for (const constant of constants) message(writer, 5, () => writeConstant(writer, constant));
  for (const port of graph.inputs) message(writer, 11, () => writePort(writer, port));
  message(writer, 12, () => writeDonePort(writer));
  for (const port of graph.outputs) message(writer, 12, () => writePort(writer, port));
}

function writeNode(writer: Writer, { op, domain, inputs, outputs, attributes }: OnnxNode): void {
  for (const input of inputs) text(writer, 1, input);
  for (const output of outputs) text(writer, 2, output);
  text(writer, 4, op);
  for (const [name, value] of Object.entries(attributes)) message(writer, 5, () => writeAttribute(writer, name, value));
  text(writer, 7, domain);
}

function writeAttribute(writer: Writer, name: string, value: OnnxAttribute): void {
  text(writer, 1, name);
  if (typeof value === 'number') {
    integer(writer, 3, value);
    integer(writer, 20, KINDS.int);
  } else if (typeof value === 'string') {
    text(writer, 4, value);
    integer(writer, 20, KINDS.string);
  } else if ('float' in value) {
    writer.uint32((2 << 3) | FIXED32).float(value.float);
    integer(writer, 20, KINDS.float);
  } else {
    for (const one of value) integer(writer, 8, one);
    integer(writer, 20, KINDS.ints);
  }
}

function writeConstant(writer: Writer, { name, type, dims, bytes }: OnnxConstant): void {
  for (const side of dims) integer(writer, 1, side);
  integer(writer, 2, TYPES[type]);
  text(writer, 8, name);
  writer.uint32((9 << 3) | BYTES).bytes(bytes);
}

function writePort(writer: Writer, { name, type, dims }: OnnxPort): void {
  text(writer, 1, name);
  message(writer, 2, () =>
    message(writer, 1, () => {
      integer(writer, 1, TYPES[type]);
      message(writer, 2, () => {
        for (const side of dims) message(writer, 1, () => integer(writer, 1, side));
      });
    }),
  );
}

/** A sequence of float tensors of any shape. */
function writeDonePort(writer: Writer): void {
  text(writer, 1, DONE_OUTPUT);
  const element = (): void => message(writer, 1, () => integer(writer, 1, TYPES.float32));
  message(writer, 2, () => message(writer, 4, () => message(writer, 1, element)));
}

function message(writer: Writer, field: number, body: () => void): void {
  writer.uint32((field << 3) | BYTES).fork();
  body();
  writer.ldelim();
}

function integer(writer: Writer, field: number, value: number): void {
  writer.uint32((field << 3) | VARINT).int64(value);
}

function text(writer: Writer, field: number, value: string): void {
  writer.uint32((field << 3) | BYTES).string(value);
}
