/**
 * The laws of each role as functions: call them in your own test suite, with any runner. Each throws an error that says
 * which law a plugin breaks.
 *
 * @packageDocumentation
 */
export { datasetLaws, type DatasetCase } from './core/laws/dataset-laws.js';
export { objectiveLaws, type ObjectiveCase } from './core/laws/objective-laws.js';
export { optimizerLaws } from './core/laws/optimizer-laws.js';
export { postProcessorLaws, type PostProcessorCase } from './core/laws/post-processor-laws.js';
