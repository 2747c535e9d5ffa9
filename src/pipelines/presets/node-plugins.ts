import type { CatalogueEntry } from '../../core/plugins/catalogue.js';
import { idx } from '../../plugins/datasets/idx.js';
import { imageFolder } from '../../plugins/datasets/image-folder.js';
import { onnxruntime } from '../../plugins/engines/onnxruntime/onnxruntime.js';
import { folder } from '../../plugins/stores/folder.js';
import { standardPlugins } from './standard-plugins.js';

/** Every plugin and preset of this package, those that need files included. */
export const nodePlugins: readonly CatalogueEntry[] = [...standardPlugins, onnxruntime, folder, idx, imageFolder];
