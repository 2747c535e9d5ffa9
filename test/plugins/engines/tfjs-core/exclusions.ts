import type { Exclusion } from './report.js';

/** Tests that the onnxruntime-web engine does not pass, and why. */
export const ONNXRUNTIME_WEB: readonly Exclusion[] = [
  {
    reason: 'work is recorded, so an index that depends on numbers is found to be wrong when the result is read',
    tests: ['gather throws when index is out of bound'],
  },
];

/** Tests that the onnxruntime engine does not pass, and why. */
export const ONNXRUNTIME: readonly Exclusion[] = [
  ...ONNXRUNTIME_WEB,
  {
    reason: "one unit in the last place beside tfjs's number, which is more than the absolute tolerance of the test",
    tests: ['exp int32', 'tan numbers exceed float32 precision'],
  },
];
