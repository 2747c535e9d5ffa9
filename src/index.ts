/**
 * The main entry point: pipelines, recipes, streams, and what defines a plugin; it runs in Node and in browsers. More for authors
 * of plugins is in `rxdiffusion/plugin`, pictures are in `rxdiffusion/images`, schedulers and weights of diffusers in
 * `rxdiffusion/diffusers`, files and folders in `rxdiffusion/node`, laws for your own plugins in `rxdiffusion/testing`.
 *
 * @packageDocumentation
 */

// Pipelines
export { defineRecipe, type RecipeOf } from './pipelines/define-recipe.js';
export type { PresetOf, SlotsOf, UseOf } from './core/assembly/typed-recipe.js';
export { diffusion, type Diffusion, type DiffusionOptions } from './pipelines/diffusion.js';
export type { Tiling } from './core/codec/tile-plan.js';
export { samplingParts, type SampleOptions, type SampleFunction } from './pipelines/sample-function.js';
export { type TrainOptions, type TrainFunction } from './pipelines/train-function.js';
export type { WorkerShare } from './pipelines/training/worker-share.js';
export { trainingParts, type TrainingParts } from './pipelines/training-parts.js';
export { sampleSettings, trainSettings, type SampleSettings, type TrainSettings } from './core/requests/settings.js';
export { type RunOptions } from './pipelines/promise-function.js';
export { standardPlugins } from './pipelines/presets/standard-plugins.js';

// Operators
export { startingNoise } from './pipelines/sampling/starting-noise.js';
export type { StartingNoiseParts, StartingPoint } from './core/sampling/start/starting-point.js';
export { batchedReverse, type Batching } from './pipelines/sampling/batched-reverse.js';
export { reverse } from './pipelines/sampling/reverse.js';
export type { ReverseParts } from './core/sampling/reverse-parts.js';
export type { ConditionCache } from './core/sampling/conditions/condition-cache.js';
export type { ClipBounds } from './core/math/clip-denoised.js';
export type { KeptRegion } from './core/sampling/start/inpaint.js';
export type {
  ClipOptions,
  ConditionFrom,
  Inpaint,
  Inpainting,
  SampleRequest,
  StartFrom,
  Swap,
} from './core/sampling/sample-request.js';
export { results, SampleResult } from './pipelines/sampling/results.js';
export { pixels, floatImages, type PixelsOf, type PlainSampleEvent } from './pipelines/sampling/pixels.js';
export { preview, type PreviewOptions } from './pipelines/sampling/preview.js';
export { postProcess } from './pipelines/sampling/post-process.js';
export { observe, type OnTapError } from './pipelines/observe.js';
export { batches, BatchTicket, type BatchOptions } from './pipelines/training/batches.js';
export { encodeData, type EncodeDataOptions, type Ticket } from './pipelines/training/encode-data.js';
export type { Coding } from './core/codec/coding.js';
export { addNoise, NoisyTicket } from './pipelines/training/add-noise.js';
export { fit } from './pipelines/training/fit.js';
export type { FitOptions, TrainingMoment } from './pipelines/training/training.js';
export { evaluate, type EvaluateOptions } from './pipelines/training/evaluate.js';
export { checkpoint, type CheckpointOptions } from './pipelines/training/checkpoint.js';
export { trained, TrainResult, type MadeBy } from './pipelines/training/trained.js';
export { trainEvents } from './pipelines/training/train-events.js';

// Devices
export { parallel } from './pipelines/parallel/parallel.js';
export {
  devicePool,
  type DeviceFunction,
  type DevicePool,
  type DeviceResult,
} from './pipelines/parallel/device-pool.js';
export type { Device, DeviceEnd, DeviceEvent } from './pipelines/parallel/device.js';
export type { DeviceRequest, DeviceStep, Replace } from './pipelines/parallel/device.js';
export { portDevice, type DevicePort } from './pipelines/parallel/port-device.js';
export { serveDevice, type Answering } from './pipelines/parallel/serve-device.js';
export type { DeviceAnswer, DeviceCommand } from './pipelines/parallel/device-messages.js';
export type { PlainError } from './core/errors/plain-error.js';

// Events
export type { SampleEnd, SampleEvent, SampleStart, SampleStep } from './core/loop/sample-events.js';
export type { TrainCheckpoint, TrainEnd, TrainEvaluation } from './core/loop/train-events.js';
export type { TrainEvent, TrainStart, TrainStep } from './core/loop/train-events.js';
export type { LiveParameters } from './core/loop/live-values.js';

// Plugins, catalogue, recipe
export { every, optional, slot } from './core/assembly/injection.js';
export type { Asked, EveryOf, Injected, Injection, LabelledSlot, OptionalRole } from './core/assembly/injection.js';
export {
  API_VERSION,
  definePlugin,
  type PluginDefinition,
  type PluginDeps,
  type PluginDescription,
  type PluginNotes,
  type PluginSpec,
} from './core/assembly/define-plugin.js';
export { defineSampler } from './core/assembly/define-sampler.js';
export { definePreset, type Preset } from './core/assembly/preset.js';
export { Plugin, pluginOf, type PluginClass } from './core/assembly/plugin-decorator.js';
export { role, type Arity, type Role } from './core/assembly/role.js';
export { Roles } from './core/assembly/roles.js';
export { catalogue, type Catalogue, type CatalogueEntry, type PluginEntry } from './core/assembly/catalogue.js';
export { parseRecipe, RECIPE_FORMAT, type Recipe, type Slots, type Use } from './core/assembly/recipe.js';
export { assemble } from './core/assembly/assemble.js';
export type { Assembly, Made } from './core/assembly/assembly.js';
export type { AssemblyCheck } from './core/assembly/assembly-check.js';
export type { WeightsOfSlots } from './core/assembly/slot-weights.js';
export type { SettingsSchemas } from './core/assembly/settings.js';
export type { Settings } from './core/assembly/plain-json.js';
export type { Wiring } from './core/assembly/wiring.js';
export { explain, normalRecipe } from './core/assembly/explain.js';

// Other libraries
export { fromComfy, type ComfyOptions, type ComfyReading } from './pipelines/interop/comfyui/from-comfy.js';
export { readScheduler, type SchedulerReading } from './pipelines/interop/diffusers/read-scheduler.js';
export {
  writeScheduler,
  type WriteOptions,
  type WrittenScheduler,
} from './pipelines/interop/diffusers/write-scheduler.js';
export type { DiffusersQuirk } from './pipelines/interop/diffusers/quirks.js';
export type {
  SchedulerClip,
  SchedulerOptions,
  SchedulerPlugins,
} from './pipelines/interop/diffusers/scheduler-file.js';

// Contracts
export type { Adapter } from './core/contracts/adapter.js';
export type { Codec, CodecInfo } from './core/contracts/codec.js';
export type { Classifier, ClassifierInfo } from './core/contracts/classifier.js';
export type { Control, ControlInfo, ControlInput, ControlResiduals } from './core/contracts/control.js';
export type {
  ConditionContext,
  Conditioner,
  ConditionInputs,
  Conditioning,
  InpaintedInputs,
} from './core/contracts/conditioning.js';
export type { ConditionShape, ConditionSpec, TrainingConditionContext } from './core/contracts/conditioning.js';
export type { Column, ColumnInfo, ColumnNumbers, Columns } from './core/contracts/columns.js';
export type { NumbersColumn, RaggedColumn, TextColumn } from './core/contracts/columns.js';
export type { Batch, BatchRequest, BatchShare, Dataset, DatasetInfo } from './core/contracts/dataset.js';
export { batchOf } from './core/training/batch-columns.js';
export type { Denoiser, DenoiserInfo, NetworkOutput, Perturbation, SampleSizes } from './core/contracts/denoiser.js';
export type { ParameterLayout, ParametersBySlot, ParameterSet } from './core/contracts/denoiser.js';
export type { Engine, EngineReport, StoredNumbers, TensorTree } from './core/contracts/engine.js';
export type { ExternalData, LoadedModel, ModelContent, ModelElement } from './core/contracts/model-file.js';
export type { ModelFile, ModelPort, ModelResult } from './core/contracts/model-file.js';
export type { ModelFiles } from './core/model-files/slot-models.js';
export type { Branch, Guidance, GuidanceContext, GuidanceState, LiveValues } from './core/contracts/guidance.js';
export type { EncodedImages, FloatImages, ImageBatch } from './core/contracts/images.js';
export type { ImageFile, ImageShape, PixelImages } from './core/contracts/images.js';
export type { NoiseLevel } from './core/contracts/noise-level.js';
export type { NoisePath, NoiseSchedule } from './core/contracts/noise-schedule.js';
export type { NoiseKey, NoiseSource } from './core/contracts/noise-source.js';
export type { Observer, RunEvent } from './core/contracts/observer.js';
export type { LinearPreconditioning, Parameterization, Preconditioning } from './core/contracts/parameterization.js';
export type { PostProcessor } from './core/contracts/post-processor.js';
export type { Denoised, InitContext, Sampler, SamplerNeeds, SamplerState } from './core/contracts/sampler.js';
export type { StepContext, StepDecision, StepPosition } from './core/contracts/sampler.js';
export type { StepSizeContext, StepSizeController } from './core/contracts/sampler.js';
export type { StepGrid } from './core/contracts/step-grid.js';
export type { ByteSource, Store } from './core/contracts/store.js';
export type {
  Average,
  Objective,
  ObjectiveCoefficients,
  ObjectiveContext,
  Optimizer,
  OptimizerUpdate,
  StepScalars,
  TimestepSampler,
} from './core/contracts/training.js';
export type { PerSample, PerSampleOperation, Term, Tolerance, Vector, VectorSpace } from './core/contracts/vector.js';

// Errors
export { DiffusionError, type DiffusionErrorDetails } from './core/errors/diffusion-error.js';
export { ERROR_CODES, type ErrorCode } from './core/errors/error-codes.js';

// Operators on the levels of a grid
export { concatLevels, flipLevels, levelsFromStrength, splitLevels, subdivideLevels } from './core/math/level-lists.js';

// Engines
export { tfjsWasmFrom } from './plugins/engines/tfjs-wasm.js';
export { autoEngine } from './plugins/engines/auto.js';
export type { PlainTensor, PlainTensors, ReadableTensor, ReadableTensors } from './core/tensors/plain-tensor.js';

// Weights and checkpoints
export { decodeSafetensors, encodeSafetensors, type Safetensors } from './core/storage/safetensors.js';
export type { StorageType, WriteTensorsOptions } from './core/storage/written-numbers.js';
export {
  openWeights,
  saveWeights,
  type StoredWeights,
  type Weights,
  type WeightsPlace,
} from './core/storage/weights.js';
export { loadWeights, LoadedWeights, slotWeights } from './core/storage/load-weights.js';
export { fuseAdapters, type FuseOptions } from './pipelines/fuse-adapters.js';
export type { Origin } from './core/storage/stored-metadata.js';
export { CHECKPOINT_FORMAT, decodeCheckpoint, encodeCheckpoint } from './core/storage/checkpoint.js';
export type { Checkpoint, ReadableCheckpoint } from './core/storage/checkpoint.js';
export { saveCheckpoint } from './core/storage/checkpoints.js';
export type { Found } from './core/storage/newest-checkpoint.js';
export type { ResumeFrom } from './pipelines/training/resume.js';
export type { ResumeDifference } from './core/storage/recipe-differences.js';
export { loadNewest, storedRuns, type Newest, type StoredRun } from './core/storage/stored-runs.js';
export { checkpointOf, checkpointWeights, fitDataOf } from './core/storage/checkpoint-weights.js';
export type { TrainedParts } from './core/training/trained-slots.js';
export { checkpointWeightsBySlot } from './core/storage/checkpoint-weights.js';
export type { FitData, ReadableFit } from './core/training/fit-data.js';
export type { Fit, FitParts, FitState } from './core/training/network-fit.js';
export type { GradientInput, GradientOutput, MicroBatch } from './core/training/mean-gradients.js';
export type { TrainStepHalves, TrainStepInput, TrainStepOutput } from './core/training/train-step.js';
export type { UpdateInput, UpdateOutput, UpdateState } from './core/training/train-step.js';
export { averageGradients } from './core/training/batch-gradients.js';
export type { BatchGradients, JoinGradients } from './core/training/batch-gradients.js';
export type { NoisyBatch, NoisingParts, SourcedBatch } from './core/training/noisy-batch.js';
export { memoryStore } from './plugins/stores/memory.js';

// Pictures and data
export { DIGITS_ATTRIBUTION, loadDigits, type DigitsConfig, type LabelledImages } from './plugins/datasets/digits.js';
export { progressBar, type ProgressOptions } from './plugins/observers/progress.js';
export { jsonLines, type JsonLinesOptions } from './plugins/observers/json-lines.js';
