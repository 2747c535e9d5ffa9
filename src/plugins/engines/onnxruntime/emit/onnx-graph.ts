import type { ElementType } from '../graph/spec.js';

/** Element types in ONNX files: those of values, int64 for shapes and axes, float16 for numbers of files. */
export type OnnxType = ElementType | 'int64' | 'float16';

/** Attributes of an ONNX node. Whole numbers are `int`s unless they are wrapped by `float`. */
export type OnnxAttribute = number | string | readonly number[] | FloatAttribute;

/** A float attribute, which ONNX tells from an integer one. */
export interface FloatAttribute {
  readonly float: number;
}

/** Attributes by name. */
export type OnnxAttributes = Readonly<Record<string, OnnxAttribute>>;

/** A node of an ONNX graph. */
export interface OnnxNode {
  readonly op: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: OnnxAttributes;
}

/** A constant inside a graph. */
export interface OnnxConstant {
  readonly name: string;
  readonly type: OnnxType;
  readonly dims: readonly number[];
  readonly bytes: Uint8Array;
}

/** An input or an output of a graph. */
export interface OnnxPort {
  readonly name: string;
  readonly type: OnnxType;
  readonly dims: readonly number[];
}

/** Marks an attribute as a float. */
export function float(value: number): FloatAttribute {
  return { float: value };
}

/** Options of a node. */
interface NodeOptions {
  readonly domain?: string;
  /** Number of outputs; 1. */
  readonly outputs?: number;
}

/**
 * An ONNX graph under construction. Equal nodes over equal inputs are made once, so a lowering need not ask whether
 * another has computed the same already (statistics of a norm in its backward pass, transposed weights …).
 */
export class OnnxGraph {
  readonly nodes: OnnxNode[] = [];
  readonly constants: OnnxConstant[] = [];
  readonly inputs: OnnxPort[] = [];
  readonly outputs: (OnnxPort & { readonly type: ElementType })[] = [];
  readonly #made = new Map<string, readonly string[]>();
  /** Results of nodes that are not outputs of the graph. */
  readonly #computed = new Set<string>();
  /** Where the numbers of a reshaped value come from: a chain of shapes is one. */
  readonly #reshaped = new Map<string, string>();
  #lastName = 0;

  /** Adds a node and returns the name of its only (or first) output. */
  node(op: string, inputs: readonly string[], attributes: OnnxAttributes = {}, domain = ''): string {
    return this.nodeOf(op, inputs, attributes, { domain })[0] as string;
  }

  /** Adds a node with several outputs. */
  nodeOf(
    op: string,
    inputs: readonly string[],
    attributes: OnnxAttributes = {},
    { domain = '', outputs = 1 }: NodeOptions = {},
  ): readonly string[] {
    const key = `${domain}:${op}(${inputs.join()})${JSON.stringify(attributes)}`;
    const made = this.#made.get(key);
    if (made !== undefined) return made;
    const names = Array.from({ length: outputs }, () => this.#name());
    this.nodes.push({ op, domain, inputs, outputs: names, attributes });
    this.#made.set(key, names);
    for (const name of names) this.#computed.add(name);
    return names;
  }

  /** A float32 constant; a plain number is a scalar. */
  floats(values: readonly number[] | Float32Array | number, dims?: readonly number[]): string {
    const data = Float32Array.from(typeof values === 'number' ? [values] : values);
    return this.constant('float32', dims ?? (typeof values === 'number' ? [] : [data.length]), data);
  }

  /** An int32 constant; a plain number is a scalar. */
  ints(values: readonly number[] | Int32Array | number, dims?: readonly number[]): string {
    const data = Int32Array.from(typeof values === 'number' ? [values] : values);
    return this.constant('int32', dims ?? (typeof values === 'number' ? [] : [data.length]), data);
  }

  /** An int64 vector: a shape, axes, starts … */
  shape(values: readonly number[]): string {
    return this.constant('int64', [values.length], BigInt64Array.from(values, BigInt));
  }

  /** A constant; equal small ones are made once. */
  constant(
    type: OnnxType,
    dims: readonly number[],
    data: Float32Array | Int32Array | Uint8Array | BigInt64Array,
  ): string {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const key = bytes.length <= 256 ? `${type}[${dims.join()}]${bytes.join()}` : undefined;
    const made = key === undefined ? undefined : this.#made.get(key);
    if (made !== undefined) return made[0] as string;
    const name = this.#name();
    this.constants.push({ name, type, dims, bytes });
    if (key !== undefined) this.#made.set(key, [name]);
    return name;
  }

  /** The same numbers under another shape. */
  reshape(x: string, shape: readonly number[]): string {
    const source = this.#reshaped.get(x) ?? x;
    const result = this.node('Reshape', [source, this.shape(shape)], { allowzero: 1 });
    this.#reshaped.set(result, source);
    return result;
  }

  /** Declares an input. */
  input(type: OnnxType, dims: readonly number[]): string {
    const name = this.#name();
    this.inputs.push({ name, type, dims });
    return name;
  }

  /** Declares an output. An input or constant, or a name that is an output already, passes through a copy. */
  output(name: string, type: ElementType, dims: readonly number[]): string {
    const computed = this.#computed.delete(name) ? name : this.#copy(name);
    this.outputs.push({ name: computed, type, dims });
    return computed;
  }

  #copy(name: string): string {
    const copy = this.#name();
    this.nodes.push({ op: 'Identity', domain: '', inputs: [name], outputs: [copy], attributes: {} });
    return copy;
  }

  #name(): string {
    return `v${++this.#lastName}`;
  }
}
