import { OnnxGraph, type OnnxAttributes } from '../emit/onnx-graph.js';
import { NCHWC } from './layout.js';

type Inputs = readonly string[];
type Translation = (graph: OnnxGraph, inputs: Inputs, attributes: OnnxAttributes) => string;

/**
 * A graph over blocks of one channel. Those are images and weights as ONNX has them, NCHW and OIHW, so its own operators
 * stand for those over blocks: for builds of ONNX Runtime that have no others.
 */
class ChannelsFirstGraph extends OnnxGraph {
  override node(op: string, inputs: Inputs, attributes: OnnxAttributes = {}, domain = ''): string {
    if (domain !== NCHWC) return super.node(op, inputs, attributes, domain);
    const translation = TRANSLATIONS[op];
    if (translation === undefined) throw new Error(`${op} over blocks has no operator of ONNX in its place`);
    return translation(this, inputs, attributes);
  }
}

/** A graph for lowerings over blocks of a size; 0 where nothing lies in blocks. */
export function graphFor(block: number): OnnxGraph {
  return block === 1 ? new ChannelsFirstGraph() : new OnnxGraph();
}

const TRANSLATIONS: Readonly<Record<string, Translation>> = {
  ReorderInput: (graph, inputs, attributes) => reordered(graph, inputs, attributes, [0, 3, 1, 2]),
  ReorderOutput: (graph, inputs, attributes) => reordered(graph, inputs, attributes, [0, 2, 3, 1]),
  GlobalAveragePool: (graph, inputs) => graph.node('GlobalAveragePool', inputs),
  AveragePool: (graph, inputs, attributes) => graph.node('AveragePool', inputs, attributes),
  Upsample: (graph, inputs, { scales }) => {
    const sides = graph.floats(scales as readonly number[]);
    const nearest = { mode: 'nearest', nearest_mode: 'floor', coordinate_transformation_mode: 'asymmetric' };
    return graph.node('Resize', [...inputs, '', sides], nearest);
  },
  Conv: (graph, [x = '', weights = '', bias = '', addend = ''], attributes) => {
    const group = attributes['group'] as number;
    const isAffine = group > 1 && (attributes['kernel_shape'] as readonly number[]).every((side) => side === 1);
    const result = isAffine
      ? affine(graph, x, group, [weights, bias])
      : graph.node('Conv', bias === '' ? [x, weights] : [x, weights, bias], attributes);
    return addend === '' ? result : graph.node('Add', [result, addend]);
  },
};

/** Images with the channels last are moved, others lie so. */
function reordered(graph: OnnxGraph, inputs: Inputs, attributes: OnnxAttributes, perm: readonly number[]): string {
  return attributes['channels_last'] === 1 ? graph.node('Transpose', inputs, { perm }) : (inputs[0] as string);
}

/** A number for each channel to multiply with, and maybe one to add. */
function affine(graph: OnnxGraph, x: string, channels: number, [scale = '', shift = '']: Inputs): string {
  const spread = (name: string): string => graph.reshape(name, [1, channels, 1, 1]);
  const scaled = graph.node('Mul', [x, spread(scale)]);
  return shift === '' ? scaled : graph.node('Add', [scaled, spread(shift)]);
}
