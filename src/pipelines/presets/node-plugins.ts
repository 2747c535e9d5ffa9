import type { CatalogueEntry } from '../../core/plugins/catalogue.js';
import { idx } from '../../plugins/datasets/idx.js';
import { imageFolder } from '../../plugins/datasets/image-folder.js';
import { onnxruntime } from '../../plugins/engines/onnxruntime/onnxruntime.js';
import { tfjsNode, tfjsNodeGpu } from '../../plugins/engines/tfjs-node.js';
import { folder } from '../../plugins/stores/folder.js';
import { standardPlugins } from './standard-plugins.js';

/** Every plugin and preset of this package, those that need files or native packages included. */
export const nodePlugins: readonly CatalogueEntry[] = [
  ...standardPlugins,
  ...[folder, idx, imageFolder],
  ...[onnxruntime, tfjsNode, tfjsNodeGpu],
];
