import { OnnxGraph } from '../emit/onnx-graph.js';
import { NCHWC, toFilter } from './layout.js';
import type { HostData } from '../graph/spec.js';
import { computeOnce } from '../runner/compute-once.js';
import type { Runner } from '../runner/runner.js';

/** Largest difference between a blocked and a plain convolution that is taken as rounding. */
const TOLERANCE = 1e-4;

/** Sizes of blocks that the lowerings know. */
const KNOWN_BLOCKS: ReadonlySet<number> = new Set([8, 16]);

/**
 * Channels of a block on this processor, or 0 where blocked graphs must not be used: ONNX Runtime calls these operators
 * internal, so nothing but a look and a computation says what they do here.
 */
export async function blockSize(runner: Runner): Promise<number> {
  const found = await probedBlock(runner);
  if (!KNOWN_BLOCKS.has(found)) return 0;
  return (await convolvesRight(runner, found)) ? found : 0;
}

/** Where `ReorderInput` puts the second pixel of the first channel is how many channels lie before it. */
async function probedBlock(runner: Runner): Promise<number> {
  const graph = new OnnxGraph();
  const numbers = graph.floats(
    Float32Array.from({ length: 32 }, (_, index) => index),
    [1, 16, 1, 2],
  );
  graph.output(graph.node('ReorderInput', [numbers], { channels_last: 0 }, NCHWC), 'float32', [1, 16, 1, 2]);
  return (await numbersOf(runner, graph))?.indexOf(1) ?? 0;
}

async function convolvesRight(runner: Runner, block: number): Promise<boolean> {
  const graph = new OnnxGraph();
  const channels = 2 * block;
  const image = graph.floats(waves(channels * 25), [1, channels, 5, 5]);
  const filter = { shape: [3, 3, channels, channels], dtype: 'float32' } as const;
  const weights = graph.floats(waves(9 * channels * channels), filter.shape);
  const plain = graph.node('Conv', [image, graph.node('Transpose', [weights], { perm: [3, 2, 0, 1] })], {
    pads: [1, 1, 1, 1],
  });
  const blocked = graph.node(
    'Conv',
    [graph.node('ReorderInput', [image], { channels_last: 0 }, NCHWC), toFilter(graph, weights, filter, block)],
    { pads: [1, 1, 1, 1], kernel_shape: [3, 3], strides: [1, 1], dilations: [1, 1], group: 1 },
    NCHWC,
  );
  const back = graph.node('ReorderOutput', [blocked], { channels, channels_last: 0 }, NCHWC);
  const difference = graph.node('Abs', [graph.node('Sub', [plain, back])]);
  graph.output(graph.node('ReduceMax', [difference], { keepdims: 0 }), 'float32', []);
  const worst = (await numbersOf(runner, graph))?.[0] ?? Number.NaN;
  return worst < TOLERANCE;
}

/** The numbers of a test graph's only output; nothing where ONNX Runtime refuses it. */
async function numbersOf(runner: Runner, graph: OnnxGraph): Promise<HostData | undefined> {
  try {
    return await computeOnce(runner, graph);
  } catch (error) {
    if (runner.problem !== undefined) throw error;
    return undefined;
  }
}

/** Numbers without a pattern that a wrong order could keep. */
function waves(count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, index) => Math.sin(index * index * 0.7) / 4);
}
