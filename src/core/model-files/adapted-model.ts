import protobuf from 'protobufjs/minimal.js';
import type { ModelContent, ModelElement, ModelPort } from '../contracts/model-file.js';
import { elementNumber } from './model-ports.js';
import type { ParsedModel } from './model-proto.js';
import { integer, joined, message, tagged, text } from './proto-writer.js';
import { quieted } from './quiet-noise.js';

/** In front of names that are added: no exporter uses it. */
const OWN = 'rxdiffusion/';

/** What a type is outside of the model. */
function outside(type: ModelElement): 'float32' | 'int32' {
  return ['float32', 'float16', 'bfloat16', 'float64'].includes(type) ? 'float32' : 'int32';
}

/**
 * A model file whose inputs are float32 or int32 and whose outputs are float32, with casts behind and in front of them: so
 * that engines need to know no other types. Outputs that nobody asks for are left out, so that they are not computed.
 *
 * @param outputs - names of the outputs that are asked for; the file has them
 */
export function adaptedModel(
  { inputs, outputs: all, rest }: ParsedModel,
  outputs: readonly string[],
): Pick<ModelContent, 'bytes' | 'inputs' | 'edges'> {
  const [entered, left] = [inputs.map(({ port }) => entry(port)), outputs.map((name) => exit(all, name))];
  const casts = (edges: readonly Edge[]): readonly Uint8Array[] =>
    edges.flatMap(({ cast }) => (cast === undefined ? [] : [tagged(1, cast)]));
  // Nodes stand in an order in which they can be computed.
  const graph = [
    ...casts(entered),
    ...rest.graph.map(quieted),
    ...casts(left),
    ...entered.map(({ port }) => tagged(11, valueInfo(port))),
    ...left.map(({ port }) => tagged(12, valueInfo(port))),
  ];
  const names = (edges: readonly Edge[]): readonly string[] => edges.map(({ port }) => port.name);
  const bytes = joined([...rest.model, ...heading(7, graph), ...graph]);
  return {
    bytes,
    inputs: inputs.map(({ port }) => port.name),
    edges: { inputs: names(entered), outputs: names(left) },
  };
}

interface Edge {
  readonly port: ModelPort;
  readonly cast?: Uint8Array;
}

function entry(port: ModelPort): Edge {
  const type = outside(port.type);
  if (type === port.type) return { port };
  const name = `${OWN}${port.name}`;
  return { port: { ...port, name, type }, cast: castNode(name, port.name, port.type) };
}

function exit(all: ParsedModel['outputs'], name: string): Edge {
  const port = all.find((one) => one.port.name === name)?.port ?? { name, type: 'float32', dims: undefined };
  if (port.type === 'float32') return { port };
  const cast = castNode(port.name, `${OWN}${name}`, 'float32');
  return { port: { ...port, name: `${OWN}${name}`, type: 'float32' }, cast };
}

function castNode(from: string, to: string, type: ModelElement): Uint8Array {
  const writer = protobuf.Writer.create();
  text(writer, 1, from);
  text(writer, 2, to);
  text(writer, 3, `${OWN}cast ${to}`);
  text(writer, 4, 'Cast');
  message(writer, 5, () => {
    text(writer, 1, 'to');
    integer(writer, 3, elementNumber(type));
    integer(writer, 20, 2);
  });
  return writer.finish();
}

function valueInfo({ name, type, dims }: ModelPort): Uint8Array {
  const writer = protobuf.Writer.create();
  text(writer, 1, name);
  message(writer, 2, () =>
    message(writer, 1, () => {
      integer(writer, 1, elementNumber(type));
      if (dims === undefined) return;
      message(writer, 2, () => {
        for (const dim of dims)
          message(writer, 1, () => (typeof dim === 'number' ? integer(writer, 1, dim) : text(writer, 2, dim)));
      });
    }),
  );
  return writer.finish();
}

/** Tag and length of a message whose parts follow. */
function heading(number: number, parts: readonly Uint8Array[]): readonly Uint8Array[] {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return [
    protobuf.Writer.create()
      .uint32((number << 3) | 2)
      .uint32(length)
      .finish(),
  ];
}
