import { serveNode } from '../runner/serve-node.js';
import { loadedWeb } from './loaded.js';

/** The thread of Node that computes by onnxruntime-web. */
serveNode(async (settings) => loadedWeb(await import('onnxruntime-web'), settings));
