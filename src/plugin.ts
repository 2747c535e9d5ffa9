/**
 * For authors of plugins: what defines one, the contract of every role, and the mathematics and kernels that plugins share.
 *
 * @packageDocumentation
 */

// What defines a plugin
export {
  API_VERSION,
  definePlugin,
  type PluginDefinition,
  type PluginDeps,
  type PluginDescription,
  type PluginNotes,
  type PluginSpec,
} from './core/assembly/define-plugin.js';
export { every, optional, slot } from './core/assembly/injection.js';
export type { Asked, EveryOf, Injected, Injection, LabelledSlot, OptionalRole } from './core/assembly/injection.js';
export { defineSampler } from './core/assembly/define-sampler.js';
export { definePreset, type Preset } from './core/assembly/preset.js';
export { Plugin, pluginOf, type PluginClass } from './core/assembly/plugin-decorator.js';
export { role, type Arity, type Role } from './core/assembly/role.js';
export { Roles } from './core/assembly/roles.js';
export type { CatalogueEntry, PluginEntry } from './core/assembly/catalogue.js';
export type { Recipe, Slots, Use } from './core/assembly/recipe.js';
export type { Settings } from './core/assembly/plain-json.js';

// Contracts
export type { Classifier, ClassifierInfo } from './core/contracts/classifier.js';
export type { Control, ControlInfo, ControlInput, ControlResiduals } from './core/contracts/control.js';
export type { Codec, CodecInfo } from './core/contracts/codec.js';
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
export type { Adapter } from './core/contracts/adapter.js';
export type { Branch, Guidance, GuidanceContext, GuidanceState, LiveValues } from './core/contracts/guidance.js';
export type { EncodedImages, FloatImages, ImageBatch } from './core/contracts/images.js';
export type { ImageFile, ImageShape, PixelImages } from './core/contracts/images.js';
export type { NoiseLevel } from './core/contracts/noise-level.js';
export type { NoisePath, NoiseSchedule } from './core/contracts/noise-schedule.js';
export type { NoiseKey, NoiseSource } from './core/contracts/noise-source.js';
export type { Observer, RunEvent } from './core/contracts/observer.js';
export type { LinearPreconditioning, Parameterization, Preconditioning } from './core/contracts/parameterization.js';
export type { PostProcessor } from './core/contracts/post-processor.js';
export type {
  Denoised,
  InitContext,
  StepSizeController,
  StepSizeContext,
  Sampler,
  SamplerNeeds,
  SamplerState,
  StepDecision,
  StepContext,
  StepPosition,
} from './core/contracts/sampler.js';
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

// Events, as observers get them
export type { SampleEnd, SampleEvent, SampleStart, SampleStep } from './core/loop/sample-events.js';
export type {
  TrainCheckpoint,
  TrainEnd,
  TrainEvaluation,
  TrainEvent,
  TrainStart,
  TrainStep,
} from './core/loop/train-events.js';
export type { LiveParameters } from './core/loop/live-values.js';

// Errors
export { DiffusionError, type DiffusionErrorDetails } from './core/errors/diffusion-error.js';
export { ERROR_CODES, type ErrorCode } from './core/errors/error-codes.js';
export { outOfMemory } from './core/errors/out-of-memory.js';

// Levels and lists of them
export { concatLevels, flipLevels, levelsFromStrength, splitLevels, subdivideLevels } from './core/math/level-lists.js';
export { flowLevel, lambdaOfSigma, levelOnPath, subVpLevel, veLevel, vpLevel } from './core/math/levels.js';

// Tensors and kernels
export { outputOf } from './core/tensors/network-output.js';
export { scoped } from './core/tensors/scoped.js';
export { refuseDisposed } from './core/tensors/refuse-disposed.js';
export { tensorSpace } from './core/tensors/tensor-space.js';
export type { PlainTensor, PlainTensors } from './core/tensors/plain-tensor.js';
export { givenParameters } from './core/networks/own-parameters.js';
export { groupNorm } from './core/kernels/group-norm.js';
export { silu } from './core/kernels/silu.js';
export { attention, type AttentionOptions } from './core/kernels/attention.js';
export { embeddingLookup } from './core/kernels/embedding-lookup.js';
export { upsampleNearest2x } from './core/kernels/upsample-nearest-2x.js';

// Noise and data
export { philox } from './plugins/noise/philox.js';
export { shuffled, type Examples } from './plugins/datasets/shuffled.js';
