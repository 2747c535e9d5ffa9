/** Multipliers and rotations of the four lanes. */
const LANES = [
  { multiplier: 0x239b961b, turn: 15, mix: 19, add: 0x561ccd1b },
  { multiplier: 0xab0e9789, turn: 16, mix: 17, add: 0x0bcaa747 },
  { multiplier: 0x38b34ae5, turn: 17, mix: 15, add: 0x96cd1c35 },
  { multiplier: 0xa1e38b93, turn: 18, mix: 13, add: 0x32ac3b17 },
] as const;

/**
 * 128 bits that say which numbers these are, bit for bit: MurmurHash3 of their bytes, variant x86_128, seed 0 (Appleby
 * 2011). Two lists of numbers out of a million have the same with a chance of 1e-27. It is no protection against whoever
 * looks for two.
 */
export function contentKey(numbers: Float32Array): string {
  const words = new Uint32Array(numbers.buffer, numbers.byteOffset, numbers.length);
  const state = [0, 0, 0, 0];
  const whole = words.length - (words.length % 4);
  for (let at = 0; at < whole; at += 4)
    LANES.forEach(({ mix, add }, lane) => {
      const mixed = rotated((state[lane] ?? 0) ^ scrambled(words[at + lane] ?? 0, lane), mix);
      state[lane] = (Math.imul((mixed + (state[(lane + 1) % 4] ?? 0)) | 0, 5) + add) | 0;
    });
  for (let at = whole; at < words.length; at++)
    state[at - whole] = (state[at - whole] ?? 0) ^ scrambled(words[at] ?? 0, at - whole);
  return finished(state, 4 * words.length);
}

function finished(state: readonly number[], bytes: number): string {
  const spread = (lanes: readonly number[]): readonly number[] => {
    const first = lanes.reduce((sum, lane) => (sum + lane) | 0, 0);
    return lanes.map((lane, at) => (at === 0 ? first : (lane + first) | 0));
  };
  const mixed = spread(state.map((lane) => lane ^ bytes)).map(avalanche);
  return spread(mixed)
    .map((lane) => (lane >>> 0).toString(16).padStart(8, '0'))
    .join('');
}

function scrambled(word: number, lane: number): number {
  const { multiplier, turn } = LANES[lane] as (typeof LANES)[number];
  return Math.imul(rotated(Math.imul(word, multiplier), turn), LANES[(lane + 1) % 4]?.multiplier ?? 0);
}

function avalanche(word: number): number {
  const once = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35);
  return twice ^ (twice >>> 16);
}

const rotated = (word: number, by: number): number => (word << by) | (word >>> (32 - by));
