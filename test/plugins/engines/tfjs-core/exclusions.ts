import type { Exclusion } from './report.js';

/** Tests that the onnxruntime engine does not pass, and why. */
export const ONNXRUNTIME: readonly Exclusion[] = [];
