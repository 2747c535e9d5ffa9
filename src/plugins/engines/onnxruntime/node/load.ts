import type { Loaded } from '../runner/serve.js';
import { WrittenResults } from './written-results.js';

/** Loads onnxruntime-node. */
export async function loadOnnxRuntime(): Promise<Loaded> {
  const { InferenceSession, Tensor, env } = await import('onnxruntime-node');
  // What fails is said by the errors of loading and running.
  env.logLevel = 'fatal';
  return {
    binding: new WrittenResults({ InferenceSession, Tensor }),
    version: env.versions.node ?? env.versions.common,
  };
}
