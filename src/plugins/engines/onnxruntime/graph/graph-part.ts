import type { RecordedNode } from './value.js';
import type { Value } from './value.js';

/** A piece of what was recorded that is computed together. */
export interface GraphPart {
  /** In an order in which they can be computed. */
  readonly nodes: readonly RecordedNode[];
  /** What it starts from: values on the host, with the runner, or inputs of a traced function. */
  readonly leaves: readonly Value[];
  /** What it gives. */
  readonly results: readonly Value[];
}

/** All that `targets` need and that is not computed yet; what others hold of it becomes a result too. */
export function partFor(targets: readonly Value[]): GraphPart {
  const { nodes, leaves } = reached(targets);
  const wanted = new Set(targets);
  const uses = new Map<Value, number>();
  for (const { inputs } of nodes) for (const input of inputs) uses.set(input, (uses.get(input) ?? 0) + 1);
  const isHeld = (value: Value): boolean => value.handles > 0 || value.uses > (uses.get(value) ?? 0);
  const results = nodes.flatMap(({ outputs }) => outputs.filter((value) => wanted.has(value) || isHeld(value)));
  return { nodes, leaves, results };
}

/** The part that computes just `targets`: a traced function gives only what it returns. */
export function partOf(targets: readonly Value[]): GraphPart {
  const results = [...new Set(targets)].filter(({ state }) => state.kind === 'recorded');
  return { ...reached(targets), results };
}

/** Depth first, by a list of its own: a train step is deeper than the call stack. */
function reached(targets: readonly Value[]): { readonly nodes: RecordedNode[]; readonly leaves: Value[] } {
  const nodes: RecordedNode[] = [];
  const leaves: Value[] = [];
  const seen = new Set<Value | RecordedNode>();
  const pending: (Value | { readonly done: RecordedNode })[] = targets.toReversed();
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if ('done' in next) {
      nodes.push(next.done);
      continue;
    }
    const { state } = next;
    const what = state.kind === 'recorded' ? state.node : next;
    if (seen.has(what)) continue;
    seen.add(what);
    if (state.kind === 'recorded') pending.push({ done: state.node }, ...state.node.inputs.toReversed());
    else leaves.push(next);
  }
  return { nodes, leaves };
}
