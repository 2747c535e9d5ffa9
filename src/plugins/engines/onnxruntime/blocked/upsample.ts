import type { Value } from '../graph/value.js';
import type { BlockedKernel } from './blocked-kernel.js';
import { NCHWC } from './layout.js';

/** Twice the height and width. */
export const blockedUpsample: BlockedKernel = ({ inputs, outputs }, values) => {
  const [x] = inputs as readonly [Value];
  if (!values.has(x, 'blocked')) return false;
  const twice = values.graph.node('Upsample', [values.as(x, 'blocked')], { scales: [1, 1, 2, 2] }, NCHWC);
  values.set(outputs[0] as Value, 'blocked', twice);
  return true;
};

/** Its gradient: the sum over 2 x 2 pixels is four times their mean. */
export const blockedUpsampleGradient: BlockedKernel = ({ inputs, outputs }, values) => {
  const [dy] = inputs as readonly [Value];
  if (!values.has(dy, 'blocked')) return false;
  const window = { kernel_shape: [2, 2], strides: [2, 2], pads: [0, 0, 0, 0] };
  const means = values.graph.node('AveragePool', [values.as(dy, 'blocked')], window, NCHWC);
  values.set(outputs[0] as Value, 'blocked', values.graph.node('Mul', [means, values.graph.floats(4)]));
  return true;
};
