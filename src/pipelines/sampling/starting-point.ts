import { map, type OperatorFunction } from 'rxjs';
import type { NoiseLevel } from '../../core/contracts/noise-level.js';
import type { NoiseSchedule } from '../../core/contracts/noise-schedule.js';
import type { NoiseSource } from '../../core/contracts/noise-source.js';
import type { StepGrid } from '../../core/contracts/step-grid.js';
import { levelsFromStrength } from '../../core/math/level-lists.js';
import { guardedParts } from '../../core/plugins/guarded.js';
import { keptRegion, type KeptRegion } from './inpaint.js';
import { readSampleRequest } from './read-sample-request.js';
import { warnOfBytes } from './image-range.js';
import { checkRunMemory, type RunSizes } from './run-memory.js';
import { runShape } from './run-shape.js';
import { invalid, seedsOf, type SampleRequest, type StartFrom } from './sample-request.js';

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
}

/** What `startingNoise` is made of. */
export interface StartingNoiseParts extends RunSizes {
  readonly schedule: NoiseSchedule;
  readonly grid: StepGrid;
  readonly noise: NoiseSource;
}

/**
 * Turns requests into starting points: the levels to visit and the noise to start from (or the noised image).
 *
 * @example
 * of({ steps: 50, count: 4, seed: 7 }).pipe(startingNoise(parts), reverse(parts), results())
 */
export function startingNoise(parts: StartingNoiseParts): OperatorFunction<SampleRequest, StartingPoint> {
  return map((request) => startingPoint(request, parts));
}

/** The starting point of one request. Throws `RXD_REQUEST_INVALID`; what a plugin does wrong names the plugin. */
export function startingPoint(asked: SampleRequest, plugins: StartingNoiseParts): StartingPoint {
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
  const levels = request.startFrom ? levelsFromStrength(all, request.startFrom.strength) : all;
  if (sampleShape.length >= 3) warnOfBytes(request);
  const kept = request.inpaint && keptRegion(request.inpaint, sampleShape, seeds.length);
  const x = noisyBatch(seeds, levels, { startFrom: request.startFrom, kept }, { ...parts, sampleShape });
  const shape = [seeds.length, ...sampleShape];
  return { request, seeds, levels: Object.freeze(levels), shape, x, ...(kept ? { kept } : {}) };
}

function noisyBatch(
  seeds: readonly number[],
  levels: readonly NoiseLevel[],
  { startFrom, kept }: { readonly startFrom: StartFrom | undefined; readonly kept: KeptRegion | undefined },
  { schedule, noise, sampleShape }: StartingNoiseParts,
): Float32Array {
  const size = sampleShape.reduce((product, side) => product * side, 1);
  const level = levels[0] as NoiseLevel;
  const clean = startFrom && cleanBatch(startFrom.data, sampleShape, seeds.length);
  const cleanAt = (at: number): number => {
    if (kept?.mask[at] === 0) return kept.known[at] ?? 0;
    return clean === undefined ? 0 : (clean[at % clean.length] ?? 0);
  };
  const std = clean ? level.sigma : schedule.priorStd(level);
  const x = new Float32Array(seeds.length * size);
  seeds.forEach((seed, sample) => {
    const draw = noise.normal({ seed, purpose: 'start', step: 0 }, size);
    for (let i = 0, at = sample * size; i < size; i++, at++) x[at] = std * (draw[i] ?? 0) + level.alpha * cleanAt(at);
  });
  return x;
}

function cleanBatch(data: Float32Array, sampleShape: readonly number[], count: number): Float32Array {
  const size = sampleShape.reduce((product, side) => product * side, 1);
  if (data.length === size || data.length === size * count) return data;
  throw invalid(
    '`startFrom.data` does not fit the samples',
    `${data.length} numbers`,
    `${size} (one sample for all) or ${size * count} (${count} samples of ${size})`,
    `resize the images to the run’s samples [${sampleShape.join(', ')}]`,
  );
}
