import type { GraphPart } from '../graph/graph-part.js';
import type { Kernel } from '../graph/kernel.js';
import type { Spec } from '../graph/spec.js';
import type { RecordedNode, Value } from '../graph/value.js';
import { conv2d } from '../kernels/convolution.js';

/** Name of the kernel that this pass makes: a convolution, a bias `[O]`, and maybe an image added to the sum. */
export const CONVOLUTION_WITH_ADDENDS = 'ConvolutionWithAddends';

const convolutionWithAddends: Kernel = {
  name: CONVOLUTION_WITH_ADDENDS,
  infer: ([x, filter], attributes) => conv2d.infer([x as Spec, filter as Spec], attributes),
  lower: (call, names) => {
    const [x, filter, ...addends] = names;
    const inputs = call.inputs.slice(0, 2);
    const [result] = conv2d.lower({ ...call, inputs }, [x as string, filter as string]);
    return [addends.reduce((sum, addend) => call.graph.node('Add', [sum, addend]), result as string)];
  },
};

/** Joins a convolution with the bias that is added to it, and with the image added to that, where nothing else needs the steps between. */
export function joinAddends(part: GraphPart): GraphPart {
  const uses = usesOf(part);
  const replaced = new Map<Value, RecordedNode>();
  const dropped = new Set<RecordedNode>();
  const nodes = part.nodes.map((node) => {
    const joined = node.kernel.name === 'Add' ? joinedWith(node, replaced, uses) : undefined;
    if (joined !== undefined) dropped.add(joined.into);
    const kept = joined?.node ?? node;
    const [output] = kept.outputs;
    if (output !== undefined) replaced.set(output, kept);
    return kept;
  });
  return { ...part, nodes: nodes.filter((node) => !dropped.has(node)) };
}

interface Joined {
  readonly into: RecordedNode;
  readonly node: RecordedNode;
}

function joinedWith(
  add: RecordedNode,
  made: ReadonlyMap<Value, RecordedNode>,
  uses: ReadonlyMap<Value, number>,
): Joined | undefined {
  for (const [value, other] of [add.inputs, add.inputs.toReversed()] as readonly (readonly Value[])[]) {
    const into = value === undefined || uses.get(value) !== 1 ? undefined : made.get(value);
    if (into === undefined || other === undefined || !takes(into, other)) continue;
    const { attributes, inputs } = into;
    const node = { kernel: convolutionWithAddends, attributes, inputs: [...inputs, other], outputs: add.outputs };
    return { into, node };
  }
  return undefined;
}

/** A bare convolution takes a bias, one with a bias takes an image. */
function takes({ kernel, inputs, outputs }: RecordedNode, addend: Value): boolean {
  const shape = (outputs[0] as Value).shape;
  if (kernel.name === 'Conv2D') return addend.shape.length === 1 && addend.size === shape.at(-1) && addend.size > 1;
  return kernel === convolutionWithAddends && inputs.length === 3 && addend.shape.join() === shape.join();
}

/** How often a value is taken by the part, or given by it. */
function usesOf({ nodes, results }: GraphPart): ReadonlyMap<Value, number> {
  const uses = new Map<Value, number>();
  const count = (value: Value): void => void uses.set(value, (uses.get(value) ?? 0) + 1);
  for (const { inputs } of nodes) inputs.forEach(count);
  results.forEach(count);
  return uses;
}
