import protobuf from 'protobufjs/minimal.js';
import { fieldsOf, textOf, type ProtoField } from './proto-fields.js';
import { float, integer, joined, message, tagged, text } from './proto-writer.js';

/** Operators whose random numbers are next to zeros where mean and deviation are. */
export const NORMAL: ReadonlySet<string> = new Set(['RandomNormal', 'RandomNormalLike']);

/**
 * Attributes of theirs that are set. The deviation is the smallest float32, of which nothing is left beside other numbers: at
 * 0 ONNX Runtime ends the process (an assertion of its C++ library).
 */
const SET: Readonly<Record<string, number>> = { mean: 0, scale: 2 ** -126 };

const NODE = 1;

/**
 * A field of a graph as it is; a node that draws normal numbers draws next to zeros: what a model file computes is a function
 * of its inputs then. An autoencoder's encoder, which gives `mean + deviation * noise`, gives the mean.
 */
export function quieted(field: Uint8Array): Uint8Array {
  const [whole] = fieldsOf(field);
  if (whole?.number !== NODE || whole.body === undefined) return field;
  const inside = [...fieldsOf(whole.body)];
  // Of a field that stands there more than once the last one counts.
  const operator = inside.findLast(({ number }) => number === 4);
  if (!NORMAL.has(textOf(operator?.body))) return field;
  const kept = inside.filter((one) => !(one.number === 5 && Object.hasOwn(SET, nameOf(one))));
  const writer = protobuf.Writer.create();
  for (const [name, value] of Object.entries(SET))
    message(writer, 5, () => {
      text(writer, 1, name);
      float(writer, 2, value);
      integer(writer, 20, 1);
    });
  return tagged(NODE, joined([...kept.map(({ whole: bytes }) => bytes), writer.finish()]));
}

function nameOf({ body }: ProtoField): string {
  let name = '';
  if (body !== undefined)
    for (const { number, body: inside } of fieldsOf(body)) if (number === 1) name = textOf(inside);
  return name;
}
