import { fieldsOf, type ProtoField } from '../../../src/core/model-files/proto-fields.js';
import { joined, tagged } from '../../../src/core/model-files/proto-writer.js';
import { mutated, type Dice } from '../storage/mutator.js';
import { whole, word } from './tiny-models.js';

/** Numbers that no exporter writes at most places, none of them so large that an array of them fits into memory. */
const NUMBERS = [0, -1, 1, 2, 3, 7, 8, 10, 14, 16, 17, 255, 2 ** 40, 2 ** 53, -(2 ** 53)];

/** Names, operators and places. */
const WORDS = ['', 'x', 'Add', 'MatMul', 'Softmax', 'RandomNormalLike', 'sample', '../../etc/passwd', '__proto__', 'é'];

/** A copy of a model file with something changed: bytes anywhere, or fields of its messages, whose lengths stay right. */
export function mutatedModel(bytes: Uint8Array, dice: Dice): Uint8Array {
  if (dice.below(4) === 0) return mutatedPart(bytes, dice);
  let result = bytes;
  for (let count = 1 + dice.below(3); count > 0; count--) result = changedMessage(result, dice);
  return result;
}

/** Changes of a few bytes, wherever they lie, or a file that was cut. */
function mutatedPart(bytes: Uint8Array, dice: Dice): Uint8Array {
  if (dice.below(8) === 0) return bytes.subarray(0, dice.below(bytes.length));
  const from = dice.below(bytes.length);
  return joined([bytes.subarray(0, from), mutated(bytes.slice(from, from + 200), dice), bytes.subarray(from + 200)]);
}

function changedMessage(bytes: Uint8Array, dice: Dice): Uint8Array {
  const fields = messageOf(bytes);
  if (fields === undefined || dice.below(20) === 0) return mutated(bytes, dice);
  // The graph is one field of few: most of what can be wrong lies in it.
  const graph = fields.findIndex(({ number, body }) => number === 7 && (body?.length ?? 0) > 1000);
  const at = graph >= 0 && dice.below(8) > 0 ? graph : dice.below(fields.length);
  const parts = fields.map((field) => field.whole);
  const field = fields[at] as ProtoField;
  const what = at === graph ? 3 : dice.below(8);
  if (what === 0) return joined(parts.toSpliced(at, 1));
  if (what === 1) return joined(parts.toSpliced(at, 0, field.whole));
  if (what === 2) return joined(parts.with(at, dice.oneOf(parts)));
  return joined(parts.with(at, changedField(field, dice)));
}

function changedField({ number, body, whole: bytes, value }: ProtoField, dice: Dice): Uint8Array {
  if (body !== undefined)
    return body.length < 40 && dice.below(4) === 0
      ? word(number, dice.oneOf(WORDS))
      : tagged(number, changedMessage(body, dice));
  return Number.isNaN(value) ? mutated(bytes, dice) : whole(number, dice.oneOf(NUMBERS));
}

/** The fields of what may be a message; nothing where it is none. */
function messageOf(bytes: Uint8Array): readonly ProtoField[] | undefined {
  try {
    const fields = [...fieldsOf(bytes)];
    return fields.length === 0 ? undefined : fields;
  } catch {
    return undefined;
  }
}
