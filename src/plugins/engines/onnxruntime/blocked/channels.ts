import { split } from '../emit/split.js';
import type { Value } from '../graph/value.js';
import type { BlockedKernel } from './blocked-kernel.js';
import { blockedDims } from './layout.js';

const CHANNELS = 3;

const isChannelAxis = (axis: unknown): boolean => axis === CHANNELS || axis === -1;

/** Images joined along their channels: whole blocks one after another. */
export const blockedConcat: BlockedKernel = ({ inputs, outputs, attributes }, values) => {
  const fits = isChannelAxis(attributes['axis']) && inputs.every((input) => values.can(input, 'blocked'));
  if (!fits || !inputs.some((input) => values.has(input, 'blocked'))) return false;
  const names = inputs.map((input) => values.as(input, 'blocked'));
  values.set(outputs[0] as Value, 'blocked', values.graph.node('Concat', names, { axis: 1 }));
  return true;
};

/** An image cut along its channels. */
export const blockedSplit: BlockedKernel = ({ inputs, outputs, attributes }, values) => {
  const [x] = inputs as readonly [Value];
  const fits = isChannelAxis(attributes['axis']) && outputs.every((output) => values.can(output, 'blocked'));
  if (!fits || !values.has(x, 'blocked')) return false;
  const sizes = outputs.map((output) => output.shape[CHANNELS] ?? 0);
  const pieces = split(values.graph, values.as(x, 'blocked'), sizes, 1);
  outputs.forEach((output, index) =>
    values.set(output, 'blocked', values.graph.reshape(pieces[index] as string, blockedDims(output))),
  );
  return true;
};
