import { DiffusionError } from '../../../../core/errors/diffusion-error.js';
import { OnnxGraph } from '../emit/onnx-graph.js';
import { computeOnce } from './compute-once.js';
import type { RunnerSettings } from './protocol.js';
import { Runner } from './runner.js';
import type { StartThread } from './thread.js';

/** A runner whose thread is ready and whose provider computes. Rejects, with its thread ended, where not. */
export async function workingRunner(settings: RunnerSettings, start: StartThread): Promise<Runner> {
  const runner = new Runner(settings, start);
  try {
    await runner.started();
    await tryProvider(runner);
    return runner;
  } catch (error) {
    await runner.stop();
    throw error;
  }
}

/**
 * Adds two numbers on the provider: ONNX Runtime lists providers that its binary knows of, not those that work here, and how
 * it gives results back is no part of its interface. Rejects with why it does not.
 */
async function tryProvider(runner: Runner): Promise<void> {
  const graph = new OnnxGraph();
  const numbers = graph.floats(Float32Array.of(1, 2), [2]);
  graph.output(graph.node('Add', [numbers, numbers]), 'float32', [2]);
  const [two, four] = await computeOnce(runner, graph);
  if (two !== 2 || four !== 4)
    throw new DiffusionError('RXD_ENGINE_FAILED', {
      problem: 'the provider computes a wrong sum',
      got: `${two}, ${four}`,
      expected: '2, 4',
      fix: 'mend its driver, or choose another provider',
    });
}
