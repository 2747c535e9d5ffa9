import type { Spec } from '../graph/spec.js';
import type { RecordedNode, Value } from '../graph/value.js';
import { affine } from './affine.js';
import type { BlockedKernel } from './blocked-kernel.js';
import { blockedDims, filterDims, imageOf, type Layout } from './layout.js';
import type { Representations } from './representations.js';

/** The orders in which elementwise work is done where an operand lies so. */
const ORDERS: readonly Layout[] = ['blocked', 'filter'];

/** Kernels that ask nothing of the order of their operands: the row-major lowering serves every order. */
export const blockedElementwise: BlockedKernel = (node, values) => {
  const output = node.outputs[0] as Value;
  const order = ORDERS.find((layout) => suits(node, values, layout));
  if (order === undefined) return false;
  const { kernel, inputs, outputs, attributes } = node;
  const names = inputs.map((input) =>
    input.size === 1 ? values.graph.reshape(values.as(input, 'plain'), []) : values.as(input, order),
  );
  const dims = order === 'filter' ? filterDims(output) : blockedDims(output);
  const declared = ({ size, dtype }: Value): Spec => ({ shape: size === 1 ? [] : dims, dtype });
  const call = { inputs: inputs.map(declared), outputs: outputs.map(declared), attributes, graph: values.graph };
  values.set(output, order, kernel.lower(call, names)[0] as string);
  return true;
};

function suits({ inputs, outputs }: RecordedNode, values: Representations, layout: Layout): boolean {
  const output = outputs[0] as Value;
  const isWhole = (input: Value): boolean => input.shape.join() === output.shape.join();
  return (
    values.can(output, layout) &&
    inputs.every((input) => (isWhole(input) ? values.can(input, layout) : input.size === 1)) &&
    inputs.some((input) => isWhole(input) && values.has(input, layout)) &&
    output.size > 1
  );
}

/** Sums and products of a blocked image and numbers for each channel, `[C]` or `[N, 1, 1, C]`: one affine pass. */
export const blockedAdd: BlockedKernel = (node, values) =>
  blockedElementwise(node, values) || withChannels(node, values, 'shift');

/** As `blockedAdd`, for products. */
export const blockedMultiply: BlockedKernel = (node, values) =>
  blockedElementwise(node, values) || withChannels(node, values, 'scale');

function withChannels({ inputs, outputs }: RecordedNode, values: Representations, role: 'scale' | 'shift'): boolean {
  const output = outputs[0] as Value;
  const image = inputs.find((input) => input.shape.join() === output.shape.join() && values.has(input, 'blocked'));
  const numbers = inputs.find((input) => input !== image);
  if (image === undefined || numbers === undefined) return false;
  const per = scopeOf(image, numbers);
  if (per === undefined) return false;
  const name = values.as(numbers, 'plain');
  values.set(output, 'blocked', affine(values.graph, values.as(image, 'blocked'), image, per, { [role]: name }));
  return true;
}

function scopeOf(image: Value, numbers: Value): 'channel' | 'sample and channel' | undefined {
  const [batch, , , channels] = imageOf(image);
  const shape = numbers.shape.join();
  if (numbers.size === channels && numbers.shape.at(-1) === channels) return 'channel';
  return shape === `${batch},1,1,${channels}` ? 'sample and channel' : undefined;
}
