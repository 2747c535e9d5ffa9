import type { GraphPart } from './graph-part.js';
import type { KernelAttributes } from './kernel.js';
import type { HostData } from './spec.js';
import type { Value } from './value.js';

/**
 * What makes two parts the same model: kernels, attributes, wiring, shapes, types and layouts, and the numbers of the leaves
 * that are constants of it.
 */
export function structureKey({ nodes, leaves, results }: GraphPart, isConstant?: (leaf: Value) => boolean): string {
  const numbers = new Map<Value, number>();
  const lines = leaves.map((leaf) => {
    numbers.set(leaf, numbers.size);
    const layout = leaf.state.kind === 'resident' ? leaf.state.layout : 'plain';
    const constant = isConstant?.(leaf) && leaf.state.kind === 'host' ? `=${exactly(leaf.state.data)}` : '';
    return `${leaf.dtype}[${leaf.shape.join()}]${layout}${constant}`;
  });
  for (const { kernel, attributes, inputs, outputs } of nodes) {
    const wiring = inputs.map((input) => numbers.get(input)).join();
    for (const output of outputs) numbers.set(output, numbers.size);
    lines.push(`${kernel.name}(${wiring})${attributeKey(attributes)}`);
  }
  return `${lines.join(';')}>${results.map((result) => numbers.get(result)).join()}`;
}

/** A character for each byte. The shape says how many there are, so that no sign is needed where they end. */
function exactly({ buffer, byteOffset, byteLength }: HostData): string {
  const decoder = new TextDecoder('latin1');
  return decoder.decode(new Uint8Array(buffer, byteOffset, byteLength));
}

/** JSON, but infinities, NaN and -0 stay apart. */
function attributeKey(attributes: KernelAttributes): string {
  return JSON.stringify(attributes, (_, value: unknown) =>
    typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))
      ? `number ${value} ${1 / value}`
      : value,
  );
}
