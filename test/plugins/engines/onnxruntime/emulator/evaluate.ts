import type { OnnxConstant, OnnxGraph } from '../../../../../src/plugins/engines/onnxruntime/emit/onnx-graph.js';
import { livePart } from '../../../../../src/plugins/engines/onnxruntime/emit/live-nodes.js';
import { NCHWC } from '../../../../../src/plugins/engines/onnxruntime/blocked/layout.js';
import { sizeOf } from '../../../../../src/plugins/engines/onnxruntime/graph/spec.js';
import type { NdArray } from './array.js';
import { NCHWC_OPERATORS } from './nchwc.js';
import { OPERATORS } from './operators.js';

/** Computes a graph as ONNX Runtime would on a processor with blocks of `block` channels; the outputs in their order. */
export function evaluated(graph: OnnxGraph, block: number, feeds: readonly Float32Array[]): readonly NdArray[] {
  const { nodes, constants } = livePart(graph);
  const values = new Map<string, NdArray>(constants.map((constant) => [constant.name, arrayOf(constant)]));
  graph.inputs.forEach(({ name, dims }, index) => values.set(name, { dims, data: feeds[index] as Float32Array }));
  for (const { op, domain, inputs, outputs, attributes } of nodes) {
    const given = inputs.map((name) => values.get(name));
    const operator = domain === NCHWC ? NCHWC_OPERATORS[op]?.bind(undefined, block) : OPERATORS[op];
    if (operator === undefined) throw new Error(`the emulator has no operator ${domain} ${op}`);
    const made = [operator(given as NdArray[], attributes)].flat();
    outputs.forEach((name, index) => values.set(name, made[index] as NdArray));
  }
  return graph.outputs.map(({ name, dims }) => {
    const value = values.get(name) as NdArray;
    if (value.dims.join() !== dims.join()) throw new Error(`[${value.dims.join()}] is declared as [${dims.join()}]`);
    return value;
  });
}

function arrayOf({ type, dims, bytes }: OnnxConstant): NdArray {
  const { buffer } = bytes.slice();
  if (type === 'float32') return { dims, data: new Float32Array(buffer) };
  if (type === 'int32') return { dims, data: new Int32Array(buffer) };
  if (type !== 'int64') throw new Error(`the emulator has no constants of ${type}`);
  return { dims, data: Int32Array.from(new BigInt64Array(buffer, 0, sizeOf(dims)), Number) };
}
