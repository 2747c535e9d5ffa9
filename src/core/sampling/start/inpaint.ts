import * as tf from '@tensorflow/tfjs';
import type { NoiseLevel } from '../../contracts/noise-level.js';
import type { Denoised, SamplerState } from '../../contracts/sampler.js';
import type { Vector } from '../../contracts/vector.js';
import { asVector, tensorSpace } from '../../tensors/tensor-space.js';
import { invalid, type Inpaint } from '../sample-request.js';

/** The kept region of a batch as plain data: both of the batch's size. */
export interface KeptRegion {
  /** 1 where samples are made anew, 0 where `known` stays, in between where the end mixes the two. */
  readonly mask: Float32Array;
  readonly known: Float32Array;
}

/** The same on the run's engine. The tensors live as long as the run. */
export interface KeptTensors {
  readonly mask: Vector;
  /** 1 where the mask is above 0, else 0: where the run makes samples, in full. */
  readonly made: Vector;
  readonly known: Vector;
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
export function keptTensors({ mask, known }: KeptRegion, shape: readonly number[]): KeptTensors {
  const tensor = (numbers: Float32Array): Vector => asVector(tf.tensor(numbers, [...shape]));
  return { mask: tensor(mask), made: tensor(mask.map(Math.ceil)), known: tensor(known) };
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
  const variance = reading.variance === undefined ? {} : { variance: reading.variance };
  if (sigma === 0) return { denoised, noise: reading.noise, ...variance };
  const rest = tensorSpace.combine([1 / sigma, x], [-alpha / sigma, known]);
  return { denoised, noise: tensorSpace.blend(made, reading.noise, rest), ...variance };
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
 * The last state of a run towards clean samples, made and known samples mixed: what was to be kept is there exactly, not
 * up to rounding.
 */
export function finished(
  state: SamplerState,
  kept: KeptTensors | undefined,
  levels: readonly NoiseLevel[],
): SamplerState {
  if (kept === undefined || !towardsClean(levels)) return state;
  return Object.freeze({ ...state, x: composed(state.x, kept) });
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
