/**
 * What needs Node: stores in folders, datasets of files, engines over native packages.
 *
 * @packageDocumentation
 */
export { nodePlugins } from './pipelines/presets/node-plugins.js';
export { openFile, readFolder } from './core/files/read-folder.js';
export { writeFolder } from './core/files/write-folder.js';
export { makeFolder } from './core/files/make-folder.js';
export { MAX_FILE_BYTES, MAX_TEXT_BYTES, readRegularFile, type FileLimits } from './core/files/regular-file.js';
export type { ReadingFileSystem } from './core/files/regular-file.js';
export type { WritingFileSystem } from './core/files/replace-file.js';
export { replaceFile, type Parts } from './core/files/replace-file.js';
export { openWeightsFile, recipeOfFile, saveWeightsFile } from './core/files/weights-files.js';
export { parseRecipeText } from './pipelines/recipe-text.js';
export { folderStore, type FileSystem } from './plugins/stores/folder.js';
export { denoiserFromFolder } from './plugins/denoisers/from-folder.js';
export { workerDevices, type WorkerDevicesOptions } from './pipelines/parallel/node/worker-devices.js';
export { onnxRuntimeEngine, type OnnxRuntimeSettings } from './plugins/engines/onnxruntime/node/engine.js';
export type { CacheReport } from './plugins/engines/onnxruntime/runner/model-cache.js';
export type { OnnxRuntimeEngine, OnnxRuntimeReport } from './plugins/engines/onnxruntime/engine.js';
export type { CompileCounts } from './plugins/engines/onnxruntime/recorder/compiled-function.js';
export { readImage, type ReadImageOptions } from './plugins/datasets/read-image.js';
