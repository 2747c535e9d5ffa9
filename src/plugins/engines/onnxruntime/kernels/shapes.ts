import type { ElementType, Spec } from '../graph/spec.js';

/** Shape of two operands stretched to each other, as numpy does. Throws where they do not go together. */
export function broadcastShape(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const left = a[axis - rank + a.length] ?? 1;
    const right = b[axis - rank + b.length] ?? 1;
    if (left !== right && left !== 1 && right !== 1) {
      throw new Error(`operands of shapes [${a.join()}] and [${b.join()}] do not go together`);
    }
    return left === 1 ? right : left;
  });
}

/** An axis counted from the front. */
export function axisOf(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

/** Axes counted from the front, in rising order. */
export function positiveAxes(axes: readonly number[], rank: number): number[] {
  return axes.map((axis) => axisOf(axis, rank)).toSorted((a, b) => a - b);
}

/** A float32 result of a shape. */
export function floatSpec(shape: readonly number[]): Spec {
  return { shape, dtype: 'float32' };
}

/** The type of two operands: float32 where one is, else int32, else bool. */
export function widerType(a: ElementType, b: ElementType): ElementType {
  if (a === 'float32' || b === 'float32') return 'float32';
  return a === 'int32' || b === 'int32' ? 'int32' : 'bool';
}
