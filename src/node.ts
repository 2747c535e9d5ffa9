/**
 * What needs files: stores in folders, datasets of files, the command line.
 *
 * @packageDocumentation
 */
export { nodePlugins } from './pipelines/presets/node-plugins.js';
export { folderStore, type FileSystem } from './plugins/stores/folder.js';
export { unet2dFromFolder } from './plugins/denoisers/unet2d/from-folder.js';
