import type { GuidanceBranches, GuidanceContext } from '../../core/contracts/guidance.js';
import type { VectorSpace } from '../../core/contracts/vector.js';
import type { NetworkSides } from './network-sides.js';
import type { ReverseParts } from './reverse-parts.js';

/** What the networks said of the sides that were asked for. */
export type Sides = Pick<GuidanceContext, 'conditional' | 'unconditional'>;

/** Asks the networks for these sides. */
export function sidesOf(networks: NetworkSides, branches: GuidanceBranches): Sides {
  if (branches === 'both') return networks.both();
  const side = networks.side(branches);
  return branches === 'conditional' ? { conditional: side } : { unconditional: side };
}

type At = Pick<GuidanceContext, 'index' | 'count' | 'level' | 'x' | 'live'>;

/** What guidance sees of one call. Field by field, as `stepContext` is. */
export function guidanceContext(
  space: VectorSpace,
  { index, count, level, x, live }: At,
  { conditional, unconditional }: Sides,
  { weak, classifier }: Pick<ReverseParts, 'weak' | 'classifier'>,
  networks: NetworkSides,
): GuidanceContext {
  const context: { -readonly [K in keyof GuidanceContext]: GuidanceContext[K] } = {
    combine: space.combine,
    multiply: space.multiply,
    exp: space.exp,
    sqrt: space.sqrt,
    clip: space.clip,
    quantile: space.quantile,
    norm: space.norm,
    dot: space.dot,
    std: space.std,
    errorNorm: space.errorNorm,
    perSample: space.perSample,
    batchMean: space.batchMean,
    blend: space.blend,
    index,
    count,
    level,
    x,
    live,
  };
  if (weak) context.weak = () => networks.weak(weak);
  if (classifier) context.classGradient = () => networks.classGradient(classifier);
  if (conditional) context.conditional = conditional;
  if (unconditional) context.unconditional = unconditional;
  return context;
}
