import { mt19937 } from './mt19937.js';
import { logSingle, sinCosSingle } from './single-precision.js';

const BLOCK = 16;
const HALF = BLOCK / 2;
const TWO_PI = Math.fround(2 * Math.PI);

/** A generator of torch on a CPU: each draw goes on where the one before ended. */
export interface TorchGenerator {
  /** What `torch.randn(count)` gives: float32 values. */
  normals(count: number): Float64Array;
  /** What `torch.rand(count)` gives: float32 values, multiples of 2^-24. */
  uniforms(count: number): Float64Array;
}

/** `torch.Generator().manual_seed(seed)` on a CPU, of whose seed the generator takes the lower 32 bits. */
export function torchGenerator(seed: number): TorchGenerator {
  const words = mt19937(lowerWord(seed));
  const unit = (): number => (words.next() & 0xffffff) / 2 ** 24;
  const unitDouble = (): number => {
    const high = words.next();
    return ((high & 0x1fffff) * 2 ** 32 + words.next()) / 2 ** 53;
  };
  let spare: number | undefined;
  const one = (): number => {
    if (spare !== undefined) {
      const kept = spare;
      spare = undefined;
      return kept;
    }
    const [angle, radius] = [2 * Math.PI * unitDouble(), Math.sqrt(-2 * Math.log1p(-unitDouble()))];
    spare = Math.fround(radius * Math.sin(angle));
    return Math.fround(radius * Math.cos(angle));
  };
  const uniforms = (count: number): Float64Array => Float64Array.from({ length: count }, unit);
  return {
    uniforms,
    normals(count) {
      if (count < BLOCK) return Float64Array.from({ length: count }, one);
      const values = uniforms(count);
      for (let start = 0; start + BLOCK <= count; start += BLOCK) transform(values, start);
      if (count % BLOCK === 0) return values;
      // The last block is drawn anew, whole, over the end of the one before.
      values.set(uniforms(BLOCK), count - BLOCK);
      transform(values, count - BLOCK);
      return values;
    },
  };
}

/** Box and Muller's transform of 16 uniform numbers in place: 8 for the radius, 8 for the angle. */
function transform(values: Float64Array, start: number): void {
  for (let i = start; i < start + HALF; i++) {
    const logarithm = logSingle(1 - (values[i] ?? 0));
    const radius = Math.fround(Math.sqrt(Math.fround(-2 * logarithm)));
    const [sin, cos] = sinCosSingle(Math.fround(TWO_PI * (values[i + HALF] ?? 0)));
    values[i] = Math.fround(radius * cos);
    values[i + HALF] = Math.fround(radius * sin);
  }
}

function lowerWord(seed: number): number {
  return seed - Math.floor(seed / 2 ** 32) * 2 ** 32;
}
