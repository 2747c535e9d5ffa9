import type { Codec } from '../../contracts/codec.js';
import type { Engine } from '../../contracts/engine.js';
import type { NoiseLevel } from '../../contracts/noise-level.js';
import type { NoiseSchedule } from '../../contracts/noise-schedule.js';
import type { NoiseSource } from '../../contracts/noise-source.js';
import type { StepGrid } from '../../contracts/step-grid.js';
import { levelsFromStrength } from '../../math/level-lists.js';
import { guardedParts } from '../../assembly/guarded.js';
import { cleanBatch } from './clean-batch.js';
import type { EncodedStart } from './encode-start.js';
import { keptRegion, towardsClean, type KeptRegion } from './inpaint.js';
import { readSampleRequest } from './read-sample-request.js';
import { warnOfBytes } from './image-range.js';
import { checkRunMemory, type RunSizes } from './run-memory.js';
import { runShape } from './run-shape.js';
import { invalid, seedsOf, type SampleRequest, type StartFrom } from '../sample-request.js';

/** Where a reverse run starts, as plain data: nothing to free, safe to buffer, replay or send to a worker. */
export interface StartingPoint {
  readonly request: SampleRequest;
  readonly seeds: readonly number[];
  /** `steps + 1` levels, fewer where the run starts from an image. */
  readonly levels: readonly NoiseLevel[];
  /** `[N, ...sampleShape]`, with the height and width of the request. */
  readonly shape: readonly number[];
  /** The noisy batch at `levels[0]`. */
  readonly x: Float32Array;
  /** What the run keeps as it is, where the request says `inpaint`. */
  readonly kept?: KeptRegion;
  /** The same in pixels, where samples are latents. */
  readonly keptPixels?: KeptRegion;
}

/** What `startingNoise` is made of. */
export interface StartingNoiseParts extends RunSizes {
  readonly schedule: NoiseSchedule;
  readonly grid: StepGrid;
  readonly noise: NoiseSource;
  /** Encodes the images of a request, where samples are latents; on this engine. */
  readonly codec?: Codec | undefined;
  readonly engine?: Engine | undefined;
}

/**
 * The starting point of one request. Throws `RXD_REQUEST_INVALID`; what a plugin does wrong names the plugin.
 *
 * @param encoded - what stands for the images of the request, where samples are latents
 */
export function startingPoint(
  asked: SampleRequest,
  plugins: StartingNoiseParts,
  encoded?: EncodedStart,
): StartingPoint {
  const { steps = Number.NaN, ...said } = readSampleRequest(asked);
  const request: SampleRequest = { steps, ...said };
  const parts = guardedParts(plugins);
  const sampleShape = runShape(request, parts);
  checkRunMemory(request, parts, sampleShape);
  const seeds = Object.freeze([...seedsOf(request)]);
  if (!Number.isSafeInteger(request.steps) || request.steps < 1)
    throw invalid(
      '`steps` is not a number of steps',
      String(request.steps),
      'a positive integer',
      'ask for at least one step',
    );
  const all = parts.grid.levels(parts.schedule, request.steps);
  const { startFrom, inpaint } = encoded ?? request;
  const levels = startFrom ? levelsFromStrength(all, startFrom.strength) : all;
  if (sampleShape.length >= 3 && encoded === undefined) warnOfBytes(request);
  const { inpainting = 'exact' } = request;
  const given = inpaint && keptRegion(inpaint, sampleShape, seeds.length);
  const region = inpainting === 'network' ? undefined : given;
  const noise = startNoise(seeds, parts.noise, sizeOf(sampleShape));
  const exact = inpainting === 'exact' ? region : undefined;
  const x = noisyBatch(noise, levels, { startFrom, kept: exact }, { ...parts, sampleShape });
  const kept = region && inpainting === 'blended' ? { ...region, noise: Float32Array.from(noise) } : region;
  const shape = [seeds.length, ...sampleShape];
  const keptPixels = exact && towardsClean(levels) ? encoded?.pixels : undefined;
  return {
    ...{ request, seeds, levels: Object.freeze(levels), shape, x },
    ...(kept ? { kept } : {}),
    ...(keptPixels ? { keptPixels } : {}),
  };
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, side) => product * side, 1);

/** Unit noise of each sample, by its seed. */
function startNoise(seeds: readonly number[], noise: NoiseSource, size: number): Float64Array {
  const all = new Float64Array(seeds.length * size);
  seeds.forEach((seed, sample) => all.set(noise.normal({ seed, purpose: 'start', step: 0 }, size), sample * size));
  return all;
}

function noisyBatch(
  noise: Float64Array,
  levels: readonly NoiseLevel[],
  { startFrom, kept }: { readonly startFrom: StartFrom | undefined; readonly kept: KeptRegion | undefined },
  { schedule, sampleShape }: StartingNoiseParts,
): Float32Array {
  const level = levels[0] as NoiseLevel;
  const clean = startFrom && cleanBatch(startFrom.data, sampleShape, noise.length / sizeOf(sampleShape));
  const cleanAt = (at: number): number => {
    if (kept?.mask[at] === 0) return kept.known[at] ?? 0;
    return clean === undefined ? 0 : (clean[at % clean.length] ?? 0);
  };
  const std = clean ? level.sigma : schedule.priorStd(level);
  return Float32Array.from(noise, (draw, at) => std * draw + level.alpha * cleanAt(at));
}
