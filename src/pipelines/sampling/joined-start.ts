import type { KeptRegion } from '../../core/sampling/start/inpaint.js';
import type { ReverseParts } from '../../core/sampling/reverse-parts.js';
import type { ClipOptions } from '../../core/sampling/sample-request.js';
import type { StartingPoint } from '../../core/sampling/start/starting-point.js';

/**
 * Whether a run may share its batch at all. Live values and swaps belong to one run, and an adaptive sampler takes one
 * width of step for all samples of a batch.
 */
export function mayShare({ sampler }: ReverseParts, { request }: StartingPoint): boolean {
  const isLive = Object.keys(request.live ?? {}).length > 0;
  return (
    sampler.stepSize === undefined && request.swap$ === undefined && request.conditionsFrom === undefined && !isLive
  );
}

/** Whether two runs of the same parts go the same way: they may differ in seeds, conditions, starts and kept regions. */
export function goTogether(a: StartingPoint, b: StartingPoint): boolean {
  return (
    a.shape.slice(1).join() === b.shape.slice(1).join() &&
    a.request.parameters === b.request.parameters &&
    (a.kept === undefined) === (b.kept === undefined) &&
    (a.kept?.noise === undefined) === (b.kept?.noise === undefined) &&
    JSON.stringify(a.request.tiling) === JSON.stringify(b.request.tiling) &&
    clipKey(a.request.clip) === clipKey(b.request.clip) &&
    haveEqualLevels(a, b)
  );
}

function clipKey(clip: ClipOptions | undefined): string {
  if (clip === undefined) return '';
  const bound = 'range' in clip ? ['range', clip.range] : ['quantile', clip.quantile, clip.max];
  return [...bound, clip.keepNoise === true].join();
}

function haveEqualLevels({ levels }: StartingPoint, other: StartingPoint): boolean {
  return (
    levels.length === other.levels.length &&
    levels.every(({ t, alpha, sigma }, i) => {
      const level = other.levels[i];
      return t === level?.t && alpha === level.alpha && sigma === level.sigma;
    })
  );
}

/**
 * The starting point of one batch of several that go together, in their order. The conditions of each stay with it: those
 * of the first say which there are.
 */
export function joinedStart(starts: readonly [StartingPoint, ...StartingPoint[]]): StartingPoint {
  const [first] = starts;
  const { steps, clip, tiling, parameters, negative, conditions } = first.request;
  const seeds = Object.freeze(starts.flatMap((start) => start.seeds));
  const regions = starts.flatMap(({ kept }) => (kept ? [kept] : []));
  return {
    request: {
      ...{ steps, seeds },
      ...(clip ? { clip } : {}),
      ...(tiling ? { tiling } : {}),
      ...(parameters ? { parameters } : {}),
      ...(negative === undefined ? {} : { negative }),
      ...(conditions ? { conditions } : {}),
    },
    seeds,
    levels: first.levels,
    shape: [seeds.length, ...first.shape.slice(1)],
    x: concatenated(starts.map((start) => start.x)),
    ...(regions.length > 0 ? { kept: joinedRegions(regions) } : {}),
  };
}

function joinedRegions(regions: readonly KeptRegion[]): KeptRegion {
  const noise = regions.flatMap((region) => (region.noise ? [region.noise] : []));
  return {
    mask: concatenated(regions.map((region) => region.mask)),
    known: concatenated(regions.map((region) => region.known)),
    ...(noise.length > 0 ? { noise: concatenated(noise) } : {}),
  };
}

function concatenated(lists: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(lists.reduce((length, list) => length + list.length, 0));
  let at = 0;
  for (const list of lists) {
    all.set(list, at);
    at += list.length;
  }
  return all;
}
