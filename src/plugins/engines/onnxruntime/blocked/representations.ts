import type { OnnxGraph } from '../emit/onnx-graph.js';
import type { Value } from '../graph/value.js';
import { filterDims, isBlockable, isFilter, toBlocked, toFilter, toPlain, type Layout } from './layout.js';

/** The ONNX names of each value of a model, one for each order of its numbers that something asked for. */
export class Representations {
  readonly graph: OnnxGraph;
  /** Channels of a block. */
  readonly block: number;
  readonly #names = new Map<Value, Map<Layout, string>>();

  constructor(graph: OnnxGraph, block: number) {
    this.graph = graph;
    this.block = block;
  }

  set(value: Value, layout: Layout, name: string): void {
    const names = this.#names.get(value) ?? new Map<Layout, string>();
    names.set(layout, name);
    this.#names.set(value, names);
  }

  has(value: Value, layout: Layout): boolean {
    return this.#names.get(value)?.has(layout) === true;
  }

  /** Whether a value can lie in an order at all. */
  can(value: Value, layout: Layout): boolean {
    if (layout === 'plain') return true;
    return layout === 'blocked' ? isBlockable(value, this.block) : isFilter(value, this.block);
  }

  /** The name of a value in an order, converted once where it is not there yet. */
  as(value: Value, layout: Layout): string {
    const names = this.#names.get(value);
    if (names === undefined) throw new Error(`value ${value.id} was not lowered before it was used`);
    const there = names.get(layout);
    if (there !== undefined) return there;
    const made = this.#converted(value, layout, names);
    names.set(layout, made);
    return made;
  }

  /** The shape under which the blocked weights of a value are declared. */
  filterDims(value: Value): readonly number[] {
    return filterDims(value);
  }

  #converted(value: Value, layout: Layout, names: ReadonlyMap<Layout, string>): string {
    const [from, name] = [...names][0] as [Layout, string];
    const plain = names.get('plain') ?? toPlain(this.graph, name, value, from, this.block);
    if (layout === 'plain') return plain;
    return layout === 'blocked'
      ? toBlocked(this.graph, plain, value, this.block)
      : toFilter(this.graph, plain, value, this.block);
  }
}
