import * as tf from '@tensorflow/tfjs';
import type { NoiseLevel } from '../../contracts/noise-level.js';
import type { Denoised, SamplerState } from '../../contracts/sampler.js';
import type { Vector } from '../../contracts/vector.js';
import { changedReading } from '../../math/changed-reading.js';
import { asVector, tensorSpace } from '../../tensors/tensor-space.js';
import { invalid, type Inpaint } from '../sample-request.js';

/** The kept region of a batch as plain data: both of the batch's size. */
export interface KeptRegion {
  /** 1 where samples are made anew, 0 where `known` stays, in between where the end mixes the two. */
  readonly mask: Float32Array;
  readonly known: Float32Array;
  /** The unit noise of the run's start, where the two are blended after each step. */
  readonly noise?: Float32Array;
}

/** The same on the run's engine. The tensors live as long as the run. */
export interface KeptTensors {
  readonly mask: Vector;
  /** 1 where the mask is above 0, else 0: where the run makes samples, in full. */
  readonly made: Vector;
  readonly known: Vector;
  readonly noise?: Vector;
}

/** What a request keeps, spread over its batch. Throws `RXD_REQUEST_INVALID`. */
export function keptRegion({ data, mask }: Inpaint, sampleShape: readonly number[], count: number): KeptRegion {
  const size = sampleShape.reduce((product, side) => product * side, 1);
  const channels = sampleShape.length >= 3 ? (sampleShape.at(-1) ?? 1) : 1;
  const pixels = size / channels;
  if (![size, size * count].includes(data.length)) throw misfit('data', data, [size, size * count], count);
  const perPixel = [pixels, pixels * count].includes(mask.length);
  if (!perPixel && ![size, size * count].includes(mask.length))
    throw misfit('mask', mask, [pixels, size, size * count], count);
  const outside = mask.find((value) => !(value >= 0 && value <= 1));
  if (outside !== undefined)
    throw invalid(
      '`inpaint.mask` is out of range',
      String(outside),
      'numbers in [0, 1]',
      'scale the mask: 1 paints, 0 keeps',
    );
  const repeats = perPixel ? channels : 1;
  return {
    known: Float32Array.from({ length: size * count }, (_, i) => data[i % data.length] ?? 0),
    mask: Float32Array.from({ length: size * count }, (_, i) => mask[Math.floor(i / repeats) % mask.length] ?? 0),
  };
}

/** The kept region as tensors. Runs in the caller's tidy. */
export function keptTensors({ mask, known, noise }: KeptRegion, shape: readonly number[]): KeptTensors {
  const tensor = (numbers: Float32Array): Vector => asVector(tf.tensor(numbers, [...shape]));
  const all = { mask: tensor(mask), made: tensor(mask.map(Math.ceil)), known: tensor(known) };
  return noise === undefined ? all : { ...all, noise: tensor(noise) };
}

/**
 * A sample with the known ones put in, noised to a level by the noise of the run's start (Avrahami et al. 2023, "Blended
 * Latent Diffusion", section 4.1, there with new noise; diffusers keeps that of the start).
 */
export function blended(x: Vector, { alpha, sigma }: NoiseLevel, { mask, known }: KeptTensors, noise: Vector): Vector {
  return tensorSpace.blend(mask, x, tensorSpace.combine([alpha, known], [sigma, noise]));
}

/**
 * What the network sees: in the kept region, the known samples noised afresh (Song et al. 2021, appendix I.2; Lugmayr et
 * al. 2022, equation 8). One draw that stays would mislead it about the rest in every step alike.
 */
export function shownSample(
  x: Vector,
  { alpha, sigma }: NoiseLevel,
  { made, known }: KeptTensors,
  noise: Vector,
): Vector {
  return tensorSpace.blend(made, x, tensorSpace.combine([alpha, known], [sigma, noise]));
}

/**
 * A reading that knows the kept region: there, the estimate is what is known, and the noise what is left of `x`. A sampler
 * that goes on from it keeps the region of `x` at the known samples noised to each level, whatever it remembers of
 * earlier steps. Everywhere else, also where the mask is between 0 and 1, the reading is that of the network, so that
 * `x = alpha * denoised + sigma * noise` holds in all of `x`.
 */
export function knowingReading(
  reading: Denoised,
  x: Vector,
  { alpha, sigma }: NoiseLevel,
  { made, known }: KeptTensors,
): Denoised {
  const denoised = tensorSpace.blend(made, reading.denoised, known);
  const unguided = reading.unguided && tensorSpace.blend(made, reading.unguided, known);
  if (sigma === 0) return changedReading(reading, { denoised, unguided });
  const rest = tensorSpace.combine([1 / sigma, x], [-alpha / sigma, known]);
  return changedReading(reading, { denoised, noise: tensorSpace.blend(made, reading.noise, rest), unguided });
}

/**
 * Made and known samples mixed by the mask: `mask * made + (1 - mask) * known`, the operator "over" (Porter & Duff 1984,
 * "Compositing digital images", section 4.3). A run mixes once, in its end: what is mixed in a step is mixed again in
 * the next, and goes to the known samples however large the mask is.
 */
export function composed(made: Vector, { mask, known }: KeptTensors): Vector {
  return tensorSpace.blend(mask, made, known);
}

/**
 * A state after its step. The last one of a run towards clean samples has made and known samples mixed: what was to be kept
 * is there exactly, not up to rounding. One before it has them where they are blended.
 *
 * @param to - the level that the step led to
 * @param isLast - whether it is the end of a run towards clean samples
 */
export function withKept(
  state: SamplerState,
  kept: KeptTensors | undefined,
  to: NoiseLevel,
  isLast: boolean,
): SamplerState {
  if (kept === undefined || (!isLast && kept.noise === undefined)) return state;
  const mixed = isLast || kept.noise === undefined ? composed(state.x, kept) : blended(state.x, to, kept, kept.noise);
  return Object.freeze({ ...state, x: mixed });
}

/** Whether a run leads to clean samples, and not to noise. */
export function towardsClean(levels: readonly NoiseLevel[]): boolean {
  return (levels.at(-1)?.lambda ?? 0) > (levels[0]?.lambda ?? 0);
}

function misfit(name: 'data' | 'mask', values: Float32Array, lengths: readonly number[], count: number): Error {
  return invalid(
    `\`inpaint.${name}\` does not fit the samples`,
    `${values.length} numbers`,
    `${[...new Set(lengths)].join(' or ')} (one for all, or one for each of ${count} samples)`,
    'resize it to the samples of the run',
  );
}
