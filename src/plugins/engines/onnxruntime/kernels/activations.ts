import * as tf from '@tensorflow/tfjs';
import { float, type OnnxGraph } from '../emit/onnx-graph.js';
import type { Kernel, KernelAttributes } from '../graph/kernel.js';
import type { ElementType, Spec } from '../graph/spec.js';
import { unary, unaryNodes } from './elementwise.js';
import { broadcastShape, floatSpec } from './shapes.js';
import { cast, scalar } from './casting.js';

const { SELU_SCALE, SELU_SCALEALPHA } = tf.backend_util;

const floating = { computedIn: 'float32', result: 'float32' } as const;

/** Functions that networks put between their layers, and their slopes. */
export const activations: readonly Kernel[] = [
  unary('Relu', 'Relu'),
  unary('Sigmoid', 'Sigmoid', floating),
  unary('Softplus', 'Softplus', floating),
  unary('Elu', 'Elu', floating),
  unaryNodes('Relu6', (graph, x, _, dtype) => clipNodes(graph, x, 0, 6, dtype)),
  unaryNodes('ClipByValue', (graph, x, { clipValueMin, clipValueMax }, dtype) =>
    clipNodes(graph, x, clipValueMin as number, clipValueMax as number, dtype),
  ),
  unaryNodes('LeakyRelu', (graph, x, { alpha }) => leakyNodes(graph, x, alpha as number), floating),
  unaryNodes(
    'Selu',
    (graph, x) =>
      graph.node('Selu', [x], {
        gamma: float(SELU_SCALE),
        alpha: float(SELU_SCALEALPHA / SELU_SCALE),
      }),
    floating,
  ),
  unaryNodes('Step', stepNodes),
  {
    name: 'EluGrad',
    inputs: ['dy', 'y'],
    infer: ([, y]) => [floatSpec((y as Spec).shape)],
    lower: ({ graph }, [dy, y]) => {
      const slope = graph.node('Min', [graph.node('Add', [y as string, graph.floats(1)]), graph.floats(1)]);
      return [graph.node('Mul', [dy as string, slope])];
    },
  },
  {
    name: 'Prelu',
    inputs: ['x', 'alpha'],
    infer: ([x, alpha]) => [floatSpec(broadcastShape((x as Spec).shape, (alpha as Spec).shape))],
    lower: ({ graph, inputs }, names) => {
      const [x, alpha] = names.map((name, index) => cast(graph, name, (inputs[index] as Spec).dtype, 'float32'));
      return [preluNodes(graph, x as string, alpha as string)];
    },
  },
  {
    name: 'Softmax',
    inputs: ['logits'],
    infer: ([logits]) => [floatSpec((logits as Spec).shape)],
    lower: ({ graph, inputs, attributes }, [logits]) => {
      const x = cast(graph, logits as string, (inputs[0] as Spec).dtype, 'float32');
      return [graph.node('Softmax', [x], { axis: attributes['dim'] as number })];
    },
  },
];

/** A number for each x of a fused kernel's `activation`; x itself where it has none. */
export function activationNodes(graph: OnnxGraph, x: string, attributes: KernelAttributes, weights?: string): string {
  switch (attributes['activation']) {
    case 'relu':
      return graph.node('Relu', [x]);
    case 'relu6':
      return clipNodes(graph, x, 0, 6, 'float32');
    case 'elu':
      return graph.node('Elu', [x]);
    case 'sigmoid':
      return graph.node('Sigmoid', [x]);
    case 'leakyrelu':
      return leakyNodes(graph, x, attributes['leakyreluAlpha'] as number);
    case 'prelu':
      return preluNodes(graph, x, weights as string);
    default:
      return x;
  }
}

/** Not `Clip`, which makes a bound of NaN. */
function clipNodes(graph: OnnxGraph, x: string, low: number, high: number, dtype: ElementType): string {
  return graph.node('Min', [graph.node('Max', [x, scalar(graph, low, dtype)]), scalar(graph, high, dtype)]);
}

function leakyNodes(graph: OnnxGraph, x: string, alpha: number): string {
  return graph.node('LeakyRelu', [x], { alpha: float(alpha) });
}

function preluNodes(graph: OnnxGraph, x: string, alpha: string): string {
  return graph.node('Where', [graph.node('Less', [x, graph.floats(0)]), graph.node('Mul', [alpha, x]), x]);
}

/** 1 above 0, else alpha; NaN stays. */
function stepNodes(graph: OnnxGraph, x: string, { alpha }: KernelAttributes, dtype: ElementType): string {
  const above = graph.node('Greater', [x, scalar(graph, 0, dtype)]);
  const steps = graph.node('Where', [
    above,
    scalar(graph, 1, dtype),
    scalar(graph, (alpha as number | undefined) ?? 0, dtype),
  ]);
  return dtype === 'float32' ? graph.node('Where', [graph.node('IsNaN', [x]), x, steps]) : steps;
}
