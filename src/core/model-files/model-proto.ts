import type { ModelFile, ModelPort } from '../contracts/model-file.js';
import { DiffusionError } from '../errors/diffusion-error.js';
import { corrupt } from '../storage/corrupt.js';
import { ModelSurvey } from './model-graph.js';
import { portOf } from './model-ports.js';
import { NORMAL } from './quiet-noise.js';
import type { ExternalPlace } from './model-tensors.js';
import { fieldsOf, ProtoError, textOf, type ProtoField } from './proto-fields.js';

/** An input or output, and how it lies in the file. */
interface StoredPort {
  readonly port: ModelPort;
  /** Its message (ValueInfoProto). */
  readonly body: Uint8Array;
}

/** A model file, taken apart. Bytes are views of those that were read. */
export interface ParsedModel {
  readonly inputs: readonly StoredPort[];
  readonly outputs: readonly StoredPort[];
  readonly external: readonly ExternalPlace[];
  /** Bytes of its weights. */
  readonly bytes: number;
  readonly draws: ModelFile['draws'];
  /** Fields of the model but its graph, and fields of the graph but its inputs and outputs, as they lie there. */
  readonly rest: { readonly model: readonly Uint8Array[]; readonly graph: readonly Uint8Array[] };
}

/** Fields of a model (ModelProto) and of a graph (GraphProto). */
const [GRAPH, FUNCTION] = [7, 25] as const;
const [INITIALIZER, INPUT, OUTPUT] = [5, 11, 12] as const;

/**
 * Takes a model file apart (onnx.proto) and checks it: every message, node and tensor, but no numbers.
 *
 * @param file - what errors call it
 * @throws DiffusionError `RXD_FILE_CORRUPT` for bytes that are no such file, sizes that do not fit, and external data out of the
 * folder; `RXD_FORMAT_UNSUPPORTED` for custom operators, and for inputs and outputs that are no tensors of numbers
 */
export function parsedModel(file: string, bytes: Uint8Array): ParsedModel {
  try {
    return parsed(file, bytes);
  } catch (error) {
    if (error instanceof DiffusionError || !(error instanceof ProtoError)) throw error;
    throw corrupt(file, 'an ONNX model', error.message, error);
  }
}

function parsed(file: string, bytes: Uint8Array): ParsedModel {
  const fields = [...fieldsOf(bytes)];
  const [graph, ...others] = fields.filter(({ number }) => number === GRAPH);
  if (graph?.body === undefined || others.length > 0)
    throw new ProtoError(`${fields.length === 0 ? 'no' : 'not one'} graph`);
  const functions = fields.flatMap(({ number, body }) => (number === FUNCTION && body !== undefined ? [body] : []));
  const survey = new ModelSurvey(file, new Set(functions.map(domainOf)));
  for (const body of functions) surveyFunction(survey, body);
  const { inputs, outputs, rest } = graphOf(file, graph.body, survey);
  return {
    inputs,
    outputs,
    external: survey.external,
    bytes: survey.bytes,
    draws: drawsOf(survey),
    rest: { model: fields.filter((field) => field !== graph).map(({ whole }) => whole), graph: rest },
  };
}

function drawsOf({ drawing }: ModelSurvey): ModelFile['draws'] {
  if (drawing.size === 0) return 'nothing';
  return [...drawing].every((operator) => NORMAL.has(operator)) ? 'normal' : 'other';
}

/** A function of the file (FunctionProto): its domain. */
function domainOf(body: Uint8Array): string {
  let domain = '';
  for (const field of fieldsOf(body)) if (field.number === 10) domain = textOf(field.body);
  return domain;
}

function surveyFunction(survey: ModelSurvey, body: Uint8Array): void {
  for (const { number, body: node } of fieldsOf(body)) if (number === 7 && node !== undefined) survey.node(node, 1);
}

function graphOf(file: string, body: Uint8Array, survey: ModelSurvey) {
  const fields = [...fieldsOf(body)];
  for (const { number, body: inside } of fields) survey.graphField(number, inside, 0);
  // Older files list their weights among the inputs too, as what they are where nobody feeds them.
  const weights = new Set(fields.flatMap((field) => (field.number === INITIALIZER ? [tensorName(field)] : [])));
  const inputs = portsOf(file, fields, INPUT).filter(({ port }) => !weights.has(port.name));
  const outputs = portsOf(file, fields, OUTPUT);
  if (outputs.length === 0) throw new ProtoError('a graph without outputs');
  const isKept = ({ number }: ProtoField): boolean => number !== INPUT && number !== OUTPUT;
  return { inputs, outputs, rest: fields.filter(isKept).map(({ whole }) => whole) };
}

function tensorName({ body }: ProtoField): string {
  let name = '';
  if (body !== undefined) for (const field of fieldsOf(body)) if (field.number === 8) name = textOf(field.body);
  return name;
}

function portsOf(file: string, fields: readonly ProtoField[], number: number): readonly StoredPort[] {
  return fields.flatMap((field) =>
    field.number === number && field.body !== undefined ? [{ port: portOf(file, field.body), body: field.body }] : [],
  );
}
