import * as runtime from 'onnxruntime-node';
import { afterEach, expect, it } from 'vitest';
import { Gate } from '../../../../src/core/threads/gate.js';
import { OnnxGraph } from '../../../../src/plugins/engines/onnxruntime/emit/onnx-graph.js';
import { onnxModel } from '../../../../src/plugins/engines/onnxruntime/emit/onnx-model.js';
import { WrittenResults } from '../../../../src/plugins/engines/onnxruntime/node/written-results.js';
import { Models } from '../../../../src/plugins/engines/onnxruntime/runner/models.js';
import type { Session } from '../../../../src/plugins/engines/onnxruntime/runner/runtime.js';
import type { ModelSpec } from '../../../../src/plugins/engines/onnxruntime/runner/protocol.js';

const SIZE = 1 << 16;
const binding = new WrittenResults(runtime);
const models = new Models(binding, { provider: 'cpu', threads: 1 }, new Gate(undefined));
afterEach(() => models.unloadAll());

/** Twice its input. */
function doubling(): ModelSpec {
  const graph = new OnnxGraph();
  const x = graph.input('float32', [SIZE]);
  const name = graph.output(graph.node('Add', [x, x]), 'float32', [SIZE]);
  const results = [{ name, type: 'float32', dims: [SIZE] }] as const;
  return { bytes: onnxModel(graph), inputs: [x], results, optimization: 'disabled' };
}

it('keeps results where ONNX Runtime wrote them, in memory that begins at a page, and uses that again', async () => {
  models.put(1, { type: 'float32', dims: [SIZE], data: new Float32Array(SIZE).fill(3) });
  await models.load(1, doubling());
  await models.run({ kind: 'run', model: 1, feeds: [1], results: [2] });
  const first = models.dataOf(2);
  expect(new Float32Array(first.buffer)[SIZE - 1]).toBe(6);
  expect((first.buffer as { resizable?: boolean }).resizable).toBe(true);

  models.free(2);
  await models.run({ kind: 'run', model: 1, feeds: [1], results: [3] });
  expect(models.dataOf(3).buffer).toBe(first.buffer);
});

it('says why a run failed, and gives no numbers then', async () => {
  await models.load(1, doubling());
  await models.run({
    kind: 'run',
    model: 1,
    feeds: [{ type: 'float32', dims: [2], data: new Float32Array(2) }],
    results: [2],
  });
  expect(models.problemOf([2])).toMatch(/Got invalid dimensions/);
});

it('releases the session of a model that is unloaded, once', async () => {
  let open = 0;
  const { InferenceSession, Tensor } = runtime;
  const create = async (bytes: Uint8Array): Promise<Session> => {
    const session = await InferenceSession.create(bytes);
    open++;
    const release = async (): Promise<void> => {
      open--;
      await session.release();
    };
    return { run: (feeds, fetches) => session.run(feeds as never, fetches as never), release };
  };
  const counting = new WrittenResults({ InferenceSession: { create }, Tensor });
  const own = new Models(counting, { provider: 'cpu', threads: 1 }, new Gate(undefined));
  await own.load(1, doubling());
  await own.load(2, doubling());
  await own.unload(1);
  await own.unload(1);
  expect(open).toBe(1);
  expect(own.refusalOf(1)).toMatch(/not loaded/);
  await own.unloadAll();
  expect(open).toBe(0);
});
