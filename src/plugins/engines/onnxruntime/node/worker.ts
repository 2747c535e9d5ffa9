import { serveNode } from '../runner/serve-node.js';
import { loadOnnxRuntime } from './load.js';

/** The thread that computes by onnxruntime-node. */
serveNode(loadOnnxRuntime);
