import type { OnnxGraph } from '../emit/onnx-graph.js';
import { onnxModel } from '../emit/onnx-model.js';
import type { HostData } from '../graph/spec.js';
import type { Runner } from './runner.js';

/** Model and value numbers that nothing else uses. */
const ONCE = 0;

/** The numbers of the only output of a graph without inputs. Rejects with why ONNX Runtime refuses it. */
export async function computeOnce(runner: Runner, graph: OnnxGraph): Promise<HostData> {
  const results = graph.outputs.map(({ name, dims }) => ({ name, type: 'float32' as const, dims }));
  runner.load(ONCE, { bytes: onnxModel(graph), inputs: [], results, optimization: 'disabled' });
  runner.run(ONCE, [], [ONCE]);
  try {
    return await runner.read(ONCE);
  } finally {
    runner.free([ONCE]);
    runner.unload(ONCE);
  }
}
