import { serveNode } from '../runner/serve-node.js';
import { WrittenResults } from './written-results.js';

/** The thread that computes by onnxruntime-node. */
serveNode(async () => {
  const { InferenceSession, Tensor, env } = await import('onnxruntime-node');
  // What fails is said by the errors of loading and running.
  env.logLevel = 'fatal';
  return {
    binding: new WrittenResults({ InferenceSession, Tensor }),
    version: env.versions.node ?? env.versions.common,
  };
});
