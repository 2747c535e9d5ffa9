import { tensorBytes } from '../assembly/memory-limit.js';
import type { ParameterLayout } from '../contracts/parameters.js';

/** Kind and shape (in memory order) of one tensor of a network. */
export interface ParameterSpec {
  readonly kind: 'weight' | 'bias' | 'norm-scale' | 'norm-shift' | 'embedding';
  readonly layout: ParameterLayout;
  readonly shape: readonly number[];
  /** Inputs of one output value, by which PyTorch scales initial weights. */
  readonly fanIn: number;
}

/** Tensors by name. */
export type ParameterSpecs = Readonly<Record<string, ParameterSpec>>;

/** Bytes of the tensors while they are made: each is drawn in doubles first. */
export function parameterBytes(specs: ParameterSpecs): number {
  const sizes = Object.values(specs).map(({ shape }) => tensorBytes([shape]));
  return sizes.reduce((sum, size) => sum + size, 0) + 2 * sizes.reduce((most, size) => Math.max(most, size), 0);
}

/** Weight and bias of a square convolution. */
export function convSpecs(prefix: string, input: number, output: number, side: number): ParameterSpecs {
  const fanIn = input * side * side;
  return {
    [`${prefix}.weight`]: { kind: 'weight', layout: 'conv2d', shape: [side, side, input, output], fanIn },
    [`${prefix}.bias`]: { kind: 'bias', layout: 'same', shape: [output], fanIn },
  };
}

/** Weight and bias of a linear layer. */
export function linearSpecs(prefix: string, input: number, output: number): ParameterSpecs {
  return {
    [`${prefix}.weight`]: { kind: 'weight', layout: 'linear', shape: [input, output], fanIn: input },
    [`${prefix}.bias`]: { kind: 'bias', layout: 'same', shape: [output], fanIn: input },
  };
}

/** Scale and shift of a group norm. */
export function normSpecs(prefix: string, channels: number): ParameterSpecs {
  return {
    [`${prefix}.weight`]: { kind: 'norm-scale', layout: 'same', shape: [channels], fanIn: 1 },
    [`${prefix}.bias`]: { kind: 'norm-shift', layout: 'same', shape: [channels], fanIn: 1 },
  };
}

/** A table of embeddings. */
export function embeddingSpecs(prefix: string, rows: number, width: number): ParameterSpecs {
  return { [`${prefix}.weight`]: { kind: 'embedding', layout: 'same', shape: [rows, width], fanIn: 1 } };
}
