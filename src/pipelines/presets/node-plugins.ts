import type { CatalogueEntry } from '../../core/assembly/catalogue.js';
import { idx } from '../../plugins/datasets/idx.js';
import { imageFolder } from '../../plugins/datasets/image-folder.js';
import { autoEngine } from '../../plugins/engines/auto.js';
import { onnxruntime } from '../../plugins/engines/onnxruntime/onnxruntime.js';
import { tfjsNode, tfjsNodeGpu } from '../../plugins/engines/tfjs-node.js';
import { tfjsWasm } from '../../plugins/engines/tfjs-wasm.js';
import { tfjsWebgpu } from '../../plugins/engines/tfjs-webgpu.js';
import { folder } from '../../plugins/stores/folder.js';
import { auto, standardPlugins } from './standard-plugins.js';

/** The engine of Node that takes the best of what is there: a GPU's, else ONNX Runtime, else WebAssembly. */
const nodeAuto = autoEngine([tfjsNodeGpu, onnxruntime, tfjsWasm]);

/** Every plugin and preset of this package, those that need files or native packages included. */
export const nodePlugins = [
  ...standardPlugins.filter((entry) => entry !== auto),
  ...[folder, idx, imageFolder],
  ...[onnxruntime, tfjsNode, tfjsNodeGpu, tfjsWebgpu, nodeAuto],
] as const satisfies readonly CatalogueEntry[];
