import type { GuidanceContext } from '../../contracts/guidance.js';
import type { VectorSpace } from '../../contracts/vector.js';
import type { NetworkReadings } from './network-readings.js';
import type { ReverseParts } from '../reverse-parts.js';

type At = Pick<GuidanceContext, 'index' | 'count' | 'level' | 'x' | 'live' | 'readings'>;

/** What guidance sees of one call. Field by field, as `stepContext` is. */
export function guidanceContext(
  space: VectorSpace,
  { index, count, level, x, live, readings }: At,
  { classifier }: Pick<ReverseParts, 'classifier'>,
  networks: NetworkReadings,
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
    readings,
  };
  if (classifier) context.classGradient = () => networks.classGradient(classifier);
  return context;
}
