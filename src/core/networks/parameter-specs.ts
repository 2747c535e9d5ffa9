import { tensorBytes } from '../assembly/memory-limit.js';
import type { ParameterLayout } from '../contracts/parameters.js';

/** Kind and shape (in memory order) of one tensor of a network. */
export interface ParameterSpec {
  readonly kind: 'weight' | 'bias' | 'norm-scale' | 'norm-shift' | 'embedding' | 'zero' | 'fixed';
  readonly layout: ParameterLayout;
  readonly shape: readonly number[];
  /** Inputs of one output value, by which PyTorch scales initial weights. */
  readonly fanIn: number;
  /** Standard deviation of an embedding's initial values; 1 where absent. */
  readonly deviation?: number;
  /** The initial values of a `fixed` one. */
  readonly values?: () => Float32Array;
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

/** Weight of a linear layer, and its bias unless it has none. */
export function linearSpecs(prefix: string, input: number, output: number, hasBias = true): ParameterSpecs {
  const bias: ParameterSpec = { kind: 'bias', layout: 'same', shape: [output], fanIn: input };
  return {
    [`${prefix}.weight`]: { kind: 'weight', layout: 'linear', shape: [input, output], fanIn: input },
    ...(hasBias ? { [`${prefix}.bias`]: bias } : {}),
  };
}

/** A linear layer that starts at zero. */
export const zeroLinearSpecs = (prefix: string, input: number, output: number): ParameterSpecs =>
  zeros(linearSpecs(prefix, input, output));

/** A square convolution that starts at zero. */
export const zeroConvSpecs = (prefix: string, input: number, output: number, side: number): ParameterSpecs =>
  zeros(convSpecs(prefix, input, output, side));

function zeros(specs: ParameterSpecs): ParameterSpecs {
  return Object.fromEntries(Object.entries(specs).map(([name, spec]) => [name, { ...spec, kind: 'zero' }] as const));
}

/** Vectors that are added to others of this width: normal, of variance 1 / width. */
export function tableSpecs(name: string, rows: number, width: number): ParameterSpecs {
  return { [name]: { kind: 'embedding', layout: 'same', shape: [rows, width], fanIn: 1, deviation: width ** -0.5 } };
}

/** Scale of a norm by the root mean square. */
export function rmsNormSpecs(prefix: string, channels: number): ParameterSpecs {
  return { [`${prefix}.weight`]: { kind: 'norm-scale', layout: 'same', shape: [channels], fanIn: 1 } };
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
