import * as tf from '@tensorflow/tfjs';
import type { TensorTree } from '../../../core/contracts/engine.js';

/** A tree taken apart: its tensors in order, and its form with their places. */
export interface FlatTree {
  readonly tensors: readonly tf.Tensor[];
  /** The same for trees of the same form, shapes and types. */
  readonly signature: string;
}

/** Takes a tree of tensors apart. */
export function flatten(tree: TensorTree): FlatTree {
  const tensors: tf.Tensor[] = [];
  const visit = (node: TensorTree): string => {
    if (node instanceof tf.Tensor) {
      tensors.push(node);
      return `${node.dtype}[${node.shape.join()}]`;
    }
    if (Array.isArray(node)) return `[${node.map(visit).join()}]`;
    return `{${Object.entries(node)
      .map(([key, child]) => `${JSON.stringify(key)}:${visit(child)}`)
      .join()}}`;
  };
  const signature = visit(tree);
  return { tensors, signature };
}

/** The same tree with other tensors, in the order of `flatten`. */
export function rebuilt<T extends TensorTree>(tree: T, tensors: Iterable<tf.Tensor>): T {
  const next = tensors[Symbol.iterator]();
  const visit = (node: TensorTree): TensorTree => {
    if (node instanceof tf.Tensor) return next.next().value as tf.Tensor;
    if (Array.isArray(node)) return node.map(visit);
    return Object.fromEntries(Object.entries(node).map(([key, child]) => [key, visit(child)]));
  };
  return visit(tree) as T;
}
