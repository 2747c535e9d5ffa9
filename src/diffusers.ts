/**
 * Schedulers and networks of diffusers: read, written, and told apart from ours.
 *
 * @packageDocumentation
 */
export { readScheduler, type SchedulerReading } from './pipelines/interop/diffusers/read-scheduler.js';
export {
  writeScheduler,
  type WriteOptions,
  type WrittenScheduler,
} from './pipelines/interop/diffusers/write-scheduler.js';
export { DIFFUSERS_QUIRKS, type DiffusersQuirk } from './pipelines/interop/diffusers/quirks.js';
export type {
  SchedulerClip,
  SchedulerOptions,
  SchedulerPlugins,
} from './pipelines/interop/diffusers/scheduler-file.js';
export { readPipeline } from './pipelines/interop/diffusers/pipeline/read-pipeline.js';
export { controlGuidance, type ControlGuidance } from './pipelines/interop/diffusers/pipeline/control-guidance.js';
export type { PipelineReading, ReadPipelineOptions } from './pipelines/interop/diffusers/pipeline/read-pipeline.js';
export { loadPipeline } from './pipelines/interop/diffusers/pipeline/load-pipeline.js';
export type { LoadEvent, LoadPipelineOptions } from './pipelines/interop/diffusers/pipeline/load-pipeline.js';
export { writePipeline } from './pipelines/interop/diffusers/pipeline/writing/write-pipeline.js';
export type {
  WritablePipeline,
  WrittenPipeline,
} from './pipelines/interop/diffusers/pipeline/writing/write-pipeline.js';
export type { ReadFile, WriteFolder, WrittenFile } from './core/storage/model-folder.js';
export { openModelFile } from './core/model-files/open-model-file.js';
export { modelFiles, type ModelFiles } from './core/model-files/slot-models.js';
export { onnxTextWith } from './plugins/conditioners/onnx-text/onnx-text.js';
export type { ModelContent, ModelFile, ModelPort } from './core/contracts/model-file.js';
export type { OnnxPart, OnnxPaths } from './pipelines/interop/diffusers/pipeline/onnx/onnx-files.js';
export type { LoadOptions, LoadProgress, ReadWatch } from './core/storage/loading.js';
export { readLora } from './pipelines/interop/diffusers/lora/read-lora.js';
export type { AdaptablePipeline, LoraReading, ReadLoraOptions } from './pipelines/interop/diffusers/lora/read-lora.js';
export { loraWeights, type LoraWeightsOptions } from './pipelines/interop/diffusers/lora/lora-weights.js';
export type { LoraFormat } from './pipelines/interop/diffusers/lora/keys.js';
export type { WeightsPlace } from './core/storage/weights.js';
export { isPipelineFile } from './pipelines/interop/diffusers/pipeline/single-file/is-pipeline-file.js';
export type { BesideFile } from './pipelines/interop/diffusers/pipeline/single-file/single-file.js';
export { readFiles, readUrl, type ChosenFile } from './core/storage/model-places.js';
export { denoiserFromFiles, type NetworkSource } from './plugins/denoisers/from-files.js';
export { clipTextWith } from './plugins/conditioners/clip-text/clip-text.js';
export { t5EncoderWith } from './plugins/conditioners/t5-encoder/t5-encoder.js';
export type { TokenizerFiles } from './plugins/conditioners/text/tokenizer-files.js';
export type { Denoiser, DenoiserInfo, ParameterLayout, ParameterSet } from './core/contracts/denoiser.js';
export type { Engine } from './core/contracts/engine.js';
export type { Settings } from './core/assembly/plain-json.js';
export type { Use } from './core/assembly/recipe.js';
