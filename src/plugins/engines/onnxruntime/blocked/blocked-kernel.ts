import type { RecordedNode } from '../graph/value.js';
import type { Representations } from './representations.js';

/**
 * Lowers a node over blocked data, and sets its outputs.
 *
 * @returns false, with nothing set, where the node is better lowered row by row
 */
export type BlockedKernel = (node: RecordedNode, values: Representations) => boolean;
