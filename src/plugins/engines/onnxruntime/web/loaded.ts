import type * as ort from 'onnxruntime-web';
import type { RunnerSettings } from '../runner/protocol.js';
import type { Loaded } from '../runner/serve.js';
import { ReturnedResults } from './returned-results.js';

/** A build of onnxruntime-web, set up for this thread. */
export function loadedWeb({ InferenceSession, Tensor, env }: typeof ort, { threads }: RunnerSettings): Loaded {
  // What fails is said by the errors of loading and running.
  env.logLevel = 'fatal';
  if (threads !== undefined) env.wasm.numThreads = threads;
  return {
    binding: new ReturnedResults({ InferenceSession, Tensor }),
    version: env.versions.web ?? env.versions.common,
  };
}
