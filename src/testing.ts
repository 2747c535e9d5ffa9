/**
 * The laws of each role as functions: call them in your own test suite, with any runner. Each throws an error that says
 * which law a plugin breaks.
 *
 * @packageDocumentation
 */
export { adapterLaws } from './testing/adapter-laws.js';
export { codecLaws, type CodecCase } from './testing/codec-laws.js';
export { controlLaws, type ControlCase } from './testing/control-laws.js';
export { conditionerLaws, type ConditionerCase } from './testing/conditioner-laws.js';
export { datasetLaws, type DatasetCase } from './testing/dataset-laws.js';
export { denoiserLaws, type DenoiserCase } from './testing/denoiser-laws.js';
export { engineLaws, type EngineCase } from './testing/engine-laws.js';
export type { EngineLaw } from './testing/engine-law.js';
export type { Tolerances } from './testing/engine-agreement.js';
export { gridLaws, type GridCase } from './testing/grid-laws.js';
export { finiteLaws } from './testing/finite-laws.js';
export { guidanceLaws } from './testing/guidance-laws.js';
export { objectiveLaws, type ObjectiveCase } from './testing/objective-laws.js';
export { optimizerLaws } from './testing/optimizer-laws.js';
export { parameterizationLaws } from './testing/parameterization-laws.js';
export { pluginLaws } from './testing/plugin-laws.js';
export { postProcessorLaws, type PostProcessorCase } from './testing/post-processor-laws.js';
export { samplerLaws } from './testing/sampler-laws.js';
export { scheduleLaws } from './testing/schedule-laws.js';

// Whole runs, and everything at once
export { configGrid, type ConfigValues } from './testing/config-grid.js';
export type { Law } from './testing/law.js';
export { runLaws, type RunCase } from './testing/run-laws.js';
export { samplerConformance, type ConformanceCase } from './testing/sampler-conformance.js';

// Exact problems to try a solver on
export { convergenceErrors, measuredOrder } from './testing/measured-order.js';
export { mixtureDistance } from './testing/mixture-distance.js';
export { strongErrors, type StrongProblem } from './testing/strong-order.js';
export { exactDenoise } from './testing/exact-denoise.js';
export { exactReading, THREE_GAUSSIANS, type Component, type ExactReading } from './core/math/exact-mixture.js';
export { keyedNoise } from './testing/keyed-noise.js';
export { solve, type Solve } from './core/loop/solve.js';
export { float64Of, float64Space, fromFloat64 } from './core/tensors/float64-space.js';
