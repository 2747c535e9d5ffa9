import { describe, expect, it } from 'vitest';
import { quieted } from '../../../src/core/model-files/quiet-noise.js';
import { fieldsOf, textOf } from '../../../src/core/model-files/proto-fields.js';
import { joined, tagged } from '../../../src/core/model-files/proto-writer.js';
import { whole, word } from './tiny-models.js';

const node = (...fields: readonly Uint8Array[]): Uint8Array => tagged(1, joined(fields));

const attribute = (name: string): Uint8Array => tagged(5, joined([word(1, name), whole(3, 5), whole(20, 2)]));

/** The attributes of a node as float32, by name. */
function attributesOf(field: Uint8Array): readonly (readonly [name: string, value: number | undefined])[] {
  const [{ body: inside = new Uint8Array() } = {}] = [...fieldsOf(field)];
  return [...fieldsOf(inside)].flatMap(({ number, body = new Uint8Array() }) => {
    if (number !== 5) return [];
    const parts = [...fieldsOf(body)];
    const bytes = parts.find((part) => part.number === 2)?.whole;
    const value = bytes && new DataView(bytes.buffer, bytes.byteOffset + 1).getFloat32(0, true);
    return [[textOf(parts.find((part) => part.number === 1)?.body), value] as const];
  });
}

/** Not 0, at which ONNX Runtime ends the process. */
const DEVIATION = 2 ** -126;

describe('a node that draws normal numbers', () => {
  it.each(['RandomNormal', 'RandomNormalLike'])('%s has no deviation that counts', (operator) => {
    const drawn = node(word(4, operator), attribute('seed'), attribute('scale'), attribute('mean'), attribute('scale'));
    const attributes = attributesOf(quieted(drawn));
    expect(attributes.map(([name]) => name)).toEqual(['seed', 'mean', 'scale']);
    expect(attributes.slice(1).map(([, value]) => value)).toEqual([0, DEVIATION]);
  });

  it('is known by the last of its operators, as ONNX Runtime reads them', () => {
    const drawn = node(word(4, 'Add'), word(4, 'RandomNormalLike'));
    expect(attributesOf(quieted(drawn))).toEqual([
      ['mean', 0],
      ['scale', DEVIATION],
    ]);
  });

  it('is all that is changed', () => {
    const sum = node(word(4, 'Add'), attribute('scale'));
    expect(quieted(sum)).toBe(sum);
  });
});
