import * as tf from '@tensorflow/tfjs';
import { registerKernels } from '../../../../../src/core/kernels/register-kernels.js';
import { onBackend } from '../../../../../src/plugins/engines/on-backend.js';
import { filterLeaves } from '../../../../../src/plugins/engines/onnxruntime/blocked/leaf-layouts.js';
import { NCHWC } from '../../../../../src/plugins/engines/onnxruntime/blocked/layout.js';
import { livePart } from '../../../../../src/plugins/engines/onnxruntime/emit/live-nodes.js';
import { partOf } from '../../../../../src/plugins/engines/onnxruntime/graph/graph-part.js';
import type { Value } from '../../../../../src/plugins/engines/onnxruntime/graph/value.js';
import { lowered } from '../../../../../src/plugins/engines/onnxruntime/passes/lowering.js';
import { prepared } from '../../../../../src/plugins/engines/onnxruntime/passes/prepared.js';
import { RecorderBackend } from '../../../../../src/plugins/engines/onnxruntime/recorder/recorder-backend.js';
import { registerRecorder } from '../../../../../src/plugins/engines/onnxruntime/recorder/register-recorder.js';
import { Executor } from '../../../../../src/plugins/engines/onnxruntime/runner/executor.js';
import type { Runner } from '../../../../../src/plugins/engines/onnxruntime/runner/runner.js';
import { reshaped, transposed, type NdArray } from './array.js';
import { evaluated } from './evaluate.js';

/** A function of tensors whose results are compared. */
export type Work = (...inputs: tf.Tensor4D[]) => readonly tf.Tensor[];

/** What a lowering gave: the numbers of each result, row by row, and the operators over blocks in its graph. */
export interface Lowered {
  readonly results: readonly (readonly number[])[];
  readonly blockedOperators: readonly string[];
}

const NAME = 'recorder-under-test';

/** Nothing is computed by a runner here: it only hears what is freed. */
const runner = { free: () => undefined } as unknown as Runner;

/** Makes the recorder known to tfjs; kernels record there, and nothing computes. */
export function registerEmulated(): void {
  tf.registerBackend(NAME, () => new RecorderBackend(new Executor('test', runner, 0)));
  registerRecorder(NAME);
  registerKernels(NAME);
}

/** Records work over these inputs, lowers it for blocks of a size, and computes it by the emulator. */
export function emulated(work: Work, inputs: readonly tf.Tensor[], block: number): Lowered {
  const given = inputs.map((input) => [input.dataSync() as Float32Array, input.shape] as const);
  return onBackend({ name: NAME, backend: NAME }, () =>
    tf.tidy(() => {
      const tensors = given.map(([data, shape]) =>
        tf.tensor<tf.Rank.R4>(data, shape as [number, number, number, number]),
      );
      const outputs = work(...tensors).map(({ dataId }) => dataId as unknown as Value);
      const part = prepared(partOf(outputs));
      const layouts = filterLeaves(part, block);
      const layoutOf = (leaf: Value) => layouts.get(leaf) ?? 'plain';
      const { graph, feeds, results } = lowered(part, { block, isConstant: () => false, layoutOf });
      const numbers = feeds.map((leaf) => {
        const data = (leaf.state as { readonly data: Float32Array }).data;
        return layoutOf(leaf) === 'plain' ? data : filterOrder({ dims: leaf.shape, data }, block);
      });
      const found = evaluated(graph, block, numbers);
      const plain = results.map(({ value, layout }, index) => {
        const { data } = found[index] as NdArray;
        return [...(layout === 'plain' ? data : windowOrder({ dims: value.shape, data }, block))];
      });
      const order = outputs.map((value) => results.findIndex((result) => result.value === value));
      return {
        results: order.map((index) => plain[index] ?? []),
        blockedOperators: livePart(graph)
          .nodes.filter(({ domain }) => domain === NCHWC)
          .map(({ op }) => op),
      };
    }),
  );
}

/** HWIO to `[O / b, I / b, h, w, b, b]`. */
function filterOrder(x: NdArray, block: number): Float32Array {
  const [height, width, inputs, outputs] = x.dims as [number, number, number, number];
  const deep = Math.min(inputs, block);
  const parts = reshaped(x, [height, width, inputs / deep, deep, outputs / block, block]);
  return transposed(parts, inputs < block ? [4, 3, 0, 1, 2, 5] : [4, 2, 0, 1, 3, 5]).data as Float32Array;
}

/** The other way. */
function windowOrder({ dims, data }: NdArray, block: number): Float32Array {
  const [height, width, inputs, outputs] = dims as [number, number, number, number];
  const isNarrow = inputs < block;
  const deep = isNarrow ? 1 : block;
  const parts = { dims: [outputs / block, inputs / deep, height, width, deep, block], data };
  return transposed(parts, [2, 3, 1, 4, 0, 5]).data as Float32Array;
}
