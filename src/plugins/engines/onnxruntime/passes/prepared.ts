import type { GraphPart } from '../graph/graph-part.js';
import { joinAddends } from './convolution-with-addends.js';

/** The passes that run over a part before it is lowered, in their order. */
const PASSES: readonly ((part: GraphPart) => GraphPart)[] = [joinAddends];

/** A part after all passes. */
export function prepared(part: GraphPart): GraphPart {
  return PASSES.reduce((changed, pass) => pass(changed), part);
}
