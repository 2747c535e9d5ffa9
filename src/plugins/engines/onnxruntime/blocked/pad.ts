import type { Value } from '../graph/value.js';
import type { BlockedKernel } from './blocked-kernel.js';
import { blockedDims, imageOf } from './layout.js';

type Pads = readonly (readonly [before: number, after: number])[];

/** Rows and columns around a blocked image. */
export const blockedPad: BlockedKernel = ({ inputs, outputs, attributes }, values) => {
  const [x] = inputs as readonly [Value];
  const output = outputs[0] as Value;
  if (!values.has(x, 'blocked')) return false;
  const [samples, rows, columns, channels] = attributes['paddings'] as Pads;
  const isAround = [samples, channels].every((pad) => pad === undefined || (pad[0] === 0 && pad[1] === 0));
  if (!isAround || rows === undefined || columns === undefined) return false;
  const { graph, block } = values;
  const [batch, height, width, count] = imageOf(x);
  const image = graph.reshape(values.as(x, 'blocked'), [(batch * count) / block, height, width, block]);
  const around = graph.shape([0, rows[0], columns[0], 0, 0, rows[1], columns[1], 0]);
  const filler = graph.floats((attributes['constantValue'] as number | undefined) ?? 0);
  values.set(output, 'blocked', graph.reshape(graph.node('Pad', [image, around, filler]), blockedDims(output)));
  return true;
};
