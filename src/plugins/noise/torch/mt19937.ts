const SIZE = 624;
const MIDDLE = 397;

/** A generator of 32-bit words, one after the other. */
export interface WordStream {
  /** The next word, 0 … 2^32 - 1. */
  next(): number;
}

/** MT19937 (Matsumoto & Nishimura 1998, "Mersenne Twister") started with one 32-bit seed, as torch and NumPy do. */
export function mt19937(seed: number): WordStream {
  const state = initialState(seed);
  let at = SIZE;
  return {
    next() {
      if (at === SIZE) {
        regenerate(state);
        at = 0;
      }
      return tempered(state[at++] ?? 0);
    },
  };
}

function initialState(seed: number): Uint32Array {
  const state = new Uint32Array(SIZE);
  state[0] = seed;
  for (let i = 1; i < SIZE; i++) {
    const before = state[i - 1] ?? 0;
    state[i] = Math.imul(1812433253, before ^ (before >>> 30)) + i;
  }
  return state;
}

function regenerate(state: Uint32Array): void {
  for (let i = 0; i < SIZE; i++) {
    const mixed = ((state[i] ?? 0) & 0x80000000) | ((state[(i + 1) % SIZE] ?? 0) & 0x7fffffff);
    state[i] = (state[(i + MIDDLE) % SIZE] ?? 0) ^ (mixed >>> 1) ^ ((mixed & 1) === 0 ? 0 : 0x9908b0df);
  }
}

function tempered(word: number): number {
  let y = word;
  y ^= y >>> 11;
  y ^= (y << 7) & 0x9d2c5680;
  y ^= (y << 15) & 0xefc60000;
  return (y ^ (y >>> 18)) >>> 0;
}
