/**
 * The laws of each role as functions: call them in your own test suite, with any runner. Each throws an error that says
 * which law a plugin breaks.
 *
 * @packageDocumentation
 */
export { adapterLaws } from './core/laws/adapter-laws.js';
export { codecLaws, type CodecCase } from './core/laws/codec-laws.js';
export { datasetLaws, type DatasetCase } from './core/laws/dataset-laws.js';
export { denoiserLaws, type DenoiserCase } from './core/laws/denoiser-laws.js';
export { engineLaws, type EngineCase } from './core/laws/engine-laws.js';
export type { EngineLaw } from './core/laws/engine-law.js';
export type { Tolerances } from './core/laws/engine-agreement.js';
export { gridLaws, type GridCase } from './core/laws/grid-laws.js';
export { finiteLaws } from './core/laws/finite-laws.js';
export { guidanceLaws } from './core/laws/guidance-laws.js';
export { objectiveLaws, type ObjectiveCase } from './core/laws/objective-laws.js';
export { optimizerLaws } from './core/laws/optimizer-laws.js';
export { parameterizationLaws } from './core/laws/parameterization-laws.js';
export { pluginLaws } from './core/laws/plugin-laws.js';
export { postProcessorLaws, type PostProcessorCase } from './core/laws/post-processor-laws.js';
export { samplerLaws } from './core/laws/sampler-laws.js';
export { scheduleLaws } from './core/laws/schedule-laws.js';

// Whole runs, and everything at once
export { configGrid, type ConfigValues } from './core/laws/config-grid.js';
export type { Law } from './core/laws/law.js';
export { runLaws, type RunCase } from './pipelines/laws/run-laws.js';
export { samplerConformance, type ConformanceCase } from './pipelines/laws/sampler-conformance.js';

// Exact problems to try a solver on
export { convergenceErrors, measuredOrder } from './core/laws/measured-order.js';
export { mixtureDistance } from './core/laws/mixture-distance.js';
export { strongErrors, type StrongProblem } from './core/laws/strong-order.js';
export { exactDenoise } from './core/laws/exact-denoise.js';
export { exactReading, THREE_GAUSSIANS, type Component, type ExactReading } from './core/math/exact-mixture.js';
export { keyedNoise } from './core/laws/keyed-noise.js';
export { solve, type Solve } from './core/laws/solve.js';
export { float64Of, float64Space, fromFloat64 } from './core/tensors/float64-space.js';
