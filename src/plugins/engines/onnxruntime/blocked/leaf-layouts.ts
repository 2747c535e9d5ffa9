import type { GraphPart } from '../graph/graph-part.js';
import type { ResidentLayout, Value } from '../graph/value.js';
import { isFilter } from './layout.js';

/**
 * The leaves that a model takes blocked as weights: those of the shape of a convolution's weights. Moments, averages and
 * gradients have that shape too, and stay in that order from step to step.
 */
export function filterLeaves({ nodes, leaves }: GraphPart, block: number): ReadonlyMap<Value, ResidentLayout> {
  const shapes = new Set<string>();
  for (const { kernel, inputs } of nodes) {
    const [, filter] = inputs;
    if (kernel.name.startsWith('Conv') && filter !== undefined && isFilter(filter, block))
      shapes.add(filter.shape.join());
  }
  const found = leaves.filter((leaf) => shapes.has(leaf.shape.join()) && isFilter(leaf, block));
  return new Map(found.map((leaf) => [leaf, 'filter']));
}
