import { joined, lengthBytes } from './handmade-files.js';

/** A random source with a seed, so that a failure can be run again (Marsaglia 2003, xorshift32). */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = (seed ^ 0x9e3779b9) | 1;
  }

  /** A whole number from 0 up to `sides`, excluded. */
  below(sides: number): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % sides;
  }

  oneOf<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T;
  }
}

type Mutation = (bytes: Uint8Array, dice: Dice) => Uint8Array;

const WORDS = [
  '0',
  '-1',
  '1',
  '4',
  '1e9',
  '9007199254740993',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"',
  '\\',
  'null',
  '2',
  ' ',
];

/** A copy with one to three things changed. */
export function mutated(bytes: Uint8Array, dice: Dice): Uint8Array {
  let result = bytes;
  for (let count = 1 + dice.below(3); count > 0; count--) result = dice.oneOf(MUTATIONS)(result, dice);
  return result;
}

const MUTATIONS: readonly Mutation[] = [
  flipBit,
  flipBit,
  cut,
  grow,
  shorten,
  repeat,
  otherLength,
  reword,
  reword,
  digits,
];

function flipBit(bytes: Uint8Array, dice: Dice): Uint8Array {
  const at = dice.below(bytes.length + 1);
  return bytes.map((byte, place) => (place === at ? byte ^ (1 << dice.below(8)) : byte));
}

function cut(bytes: Uint8Array, dice: Dice): Uint8Array {
  return bytes.slice(0, dice.below(bytes.length + 1));
}

function grow(bytes: Uint8Array, dice: Dice): Uint8Array {
  return joined(
    bytes,
    Uint8Array.from({ length: 1 + dice.below(16) }, () => dice.below(256)),
  );
}

function shorten(bytes: Uint8Array, dice: Dice): Uint8Array {
  const at = dice.below(bytes.length + 1);
  return joined(bytes.slice(0, at), bytes.slice(at + 1 + dice.below(8)));
}

function repeat(bytes: Uint8Array, dice: Dice): Uint8Array {
  const from = dice.below(bytes.length + 1);
  const to = from + dice.below(40);
  return joined(bytes.slice(0, to), bytes.slice(from));
}

function otherLength(bytes: Uint8Array, dice: Dice): Uint8Array {
  return joined(lengthBytes(BigInt(dice.below(2 * bytes.length + 2))), bytes.slice(8));
}

/** Puts a word of JSON somewhere into the header, and says the length that the header then has. */
function reword(bytes: Uint8Array, dice: Dice): Uint8Array {
  return withHeader(bytes, (header) => {
    const at = dice.below(header.length + 1);
    return header.slice(0, at) + dice.oneOf(WORDS) + header.slice(at + dice.below(3));
  });
}

/** Changes one number or letter of the header to another, which mostly leaves JSON. */
function digits(bytes: Uint8Array, dice: Dice): Uint8Array {
  return withHeader(bytes, (header) => {
    const places = [...header.matchAll(/[0-9A-Za-z]/g)].map(({ index }) => index);
    if (places.length === 0) return header;
    const at = dice.oneOf(places);
    return header.slice(0, at) + dice.oneOf(Array.from('0123456789aFI')) + header.slice(at + 1);
  });
}

function withHeader(bytes: Uint8Array, change: (header: string) => string): Uint8Array {
  if (bytes.length < 8) return bytes;
  const said = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  const length = said > BigInt(bytes.length - 8) ? bytes.length - 8 : Number(said);
  const header = new TextEncoder().encode(change(new TextDecoder().decode(bytes.subarray(8, 8 + length))));
  return joined(lengthBytes(BigInt(header.length)), header, bytes.slice(8 + length));
}
