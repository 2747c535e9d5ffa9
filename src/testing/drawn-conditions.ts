import * as tf from '@tensorflow/tfjs';
import type { Conditioning, ConditionSpec } from '../core/contracts/conditioning.js';
import { normals } from '../core/random/draws.js';

/** Which rows of conditions are drawn, and how large they are. */
interface Drawn {
  /** Class labels are below it; no labels where absent. */
  readonly classes?: number | undefined;
  readonly count: number;
  /** The number of the first sample: row k is that of sample (first + k). */
  readonly first: number;
  /** Sizes that a condition leaves free, by their word; 2 where absent. */
  readonly sizes: Readonly<Record<string, number | undefined>>;
}

/** Conditions of the types and shapes that a network takes, drawn by the number of each sample. */
export function drawnConditions(takes: ConditionSpec = {}, { classes, count, first, sizes }: Drawn): Conditioning {
  const samples = Array.from({ length: count }, (_, sample) => first + sample);
  const labels = tf.tensor1d(
    samples.map((sample) => sample % (classes ?? 1)),
    'int32',
  );
  const others = Object.entries(takes).filter(([name]) => name !== 'classLabels' || classes === undefined);
  const drawn = others.map(([name, { dtype, shape }]) => {
    const sides = shape.map((side) => (typeof side === 'number' ? side : (sizes[side] ?? 2)));
    const size = sides.reduce((product, side) => product * side, 1);
    const values = samples.flatMap((seed) => [...normals({ seed, purpose: `laws/denoiser/${name}`, step: 0 }, size)]);
    const numbers = dtype === 'int32' ? Int32Array.from(values, () => 0) : Float32Array.from(values);
    return [name, tf.tensor(numbers, [count, ...sides], dtype)] as const;
  });
  return { ...(classes === undefined ? {} : { classLabels: labels }), ...Object.fromEntries(drawn) };
}
