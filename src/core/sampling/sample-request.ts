import type { Observable } from 'rxjs';
import type { Adapter } from '../contracts/adapter.js';
import type { Tiling } from '../codec/tile-plan.js';
import type { Denoiser, ParametersBySlot, ParameterSet } from '../contracts/denoiser.js';
import type { Guidance } from '../contracts/guidance.js';
import type { Sampler } from '../contracts/sampler.js';
import type { LiveParameters } from '../loop/live-values.js';
import { DiffusionError } from '../errors/diffusion-error.js';
import type { ClipBounds } from '../math/clip-denoised.js';

/** Where an image-to-image run starts. */
export interface StartFrom {
  /** Clean samples in [-1, 1], `count` of them (or one for all), laid out as the run's samples. */
  readonly data: Float32Array;
  /** Share of the grid that is run, (0, 1]: 1 forgets the image, 0.1 hardly changes it. */
  readonly strength: number;
}

/**
 * What a run does about what is kept. `exact`: each reading of the network knows it, so that the end has it exactly.
 * `blended`: after each step it is put in, noised as the run was in its start (blended latent diffusion, Avrahami et al.
 * 2023; diffusers' inpainting pipelines on a U-Net for text to image); a mask goes to the grid of latents by the nearest
 * pixel, and the end is decoded as it is. `network`: nothing, since the network is told, as the conditioner says (`inpainted`).
 */
export type Inpainting = 'exact' | 'blended' | 'network';

/** What is kept of samples whose rest is made anew, to go with it. Works with every sampler that leads to clean samples. */
export interface Inpaint {
  /** Clean samples in [-1, 1], `count` of them (or one for all), laid out as the run's samples. */
  readonly data: Float32Array;
  /**
   * 1 where samples are made anew, 0 where `data` is kept. In between, for soft edges, samples are made in full and the
   * end is `mask * made + (1 - mask) * data`. A number for each pixel, or for each number of a sample; one mask for all
   * samples, or one for each.
   */
  readonly mask: Float32Array;
}

/**
 * How estimates of the clean sample are kept in range: `{ range: 1 }` clamps them to [-1, 1]; `{ quantile: 0.995, max: 1 }`
 * is dynamic thresholding. `keepNoise: true` keeps the network's raw noise beside the clipped estimate, as diffusers does;
 * else the noise is recomputed.
 */
export type ClipOptions = ClipBounds & { readonly keepNoise?: boolean };

/** New parts for the next step. What is left out stays. */
export interface Swap {
  readonly sampler?: Sampler;
  readonly guidance?: Guidance;
  readonly denoiser?: Denoiser;
  /** Weights of the denoiser, or of several slots. */
  readonly parameters?: ParameterSet | ParametersBySlot;
  /** An adapter: in place of that of its slot, or after all others where the run has none there. */
  readonly adapter?: Adapter;
  /** A network of another slot: `denoiser:weak`, … */
  readonly [slot: `denoiser:${string}`]: Denoiser;
  /** An adapter of another slot, as `adapter`. */
  readonly [slot: `adapter:${string}`]: Adapter;
}

/** What a run reads from a share of its steps on. */
export interface ConditionFrom {
  /** Share of the steps, [0, 1). */
  readonly from: number;
  readonly condition?: unknown;
  readonly negative?: unknown;
}

/** What to sample. */
export interface SampleRequest {
  /** Network grid steps. */
  readonly steps: number;
  /** Number of samples in the batch; 1. */
  readonly count?: number;
  /** Sample k has seed `seed + k`; 0. */
  readonly seed?: number;
  /** A seed for each sample, instead of `seed` and `count`. */
  readonly seeds?: readonly number[];
  /** What the conditioner understands: a class label or one for each sample, a text, … */
  readonly condition?: unknown;
  /** What guidance goes away from, said as `condition` is; no condition where absent. */
  readonly negative?: unknown;
  /** Further conditions by name, said as `condition` is, for guidance that compares several (composable). */
  readonly conditions?: Readonly<Record<string, unknown>>;
  /**
   * Height of the samples in pixels, where the network takes more than one size (`denoiser.info.sizes`); its own where
   * absent. Where samples are latents, it is that of the images.
   */
  readonly height?: number;
  /** Width of the samples, as `height`. */
  readonly width?: number;
  /** Encodes and decodes images in tiles, so that memory need not hold the codec's work on a whole one. */
  readonly tiling?: Tiling;
  /** What events and logs call this run; a random identity where absent. Not part of what is computed. */
  readonly run?: string;
  /** Keeps estimates of the clean sample in range; off where absent. */
  readonly clip?: ClipOptions;
  /** Starts from these samples, noised (img2img), instead of from noise. */
  readonly startFrom?: StartFrom;
  /** Makes a part of these samples anew and keeps the rest, exactly (`inpainting` says otherwise). */
  readonly inpaint?: Inpaint;
  /** What the run does about what `inpaint` keeps; `exact` where absent. */
  readonly inpainting?: Inpainting;
  /**
   * Conditions that hold from a share of the steps on, in rising order: `[{ from: 0.4, condition: 'a circle' }]`. What an
   * entry does not say stays.
   */
  readonly conditionsFrom?: readonly ConditionFrom[];
  /**
   * Weights instead of the plugins' own (an EMA, a checkpoint): those of the denoiser, or of several slots,
   * `{ denoiser: …, 'denoiser:weak': …, conditioner: … }`. Borrowed, never disposed.
   */
  readonly parameters?: ParameterSet | ParametersBySlot;
  /** Values that change while the run goes: `{ 'guidance.scale': scale$ }`, also `condition` and `negative`. Read once a step, recorded in the event. */
  readonly live?: LiveParameters;
  /** Parts that replace others at the next step boundary. */
  readonly swap$?: Observable<Swap>;
}

/** The seeds of a request, one for each sample. Throws `RXD_REQUEST_INVALID`. */
export function seedsOf(request: SampleRequest): readonly number[] {
  const { count = 1, seed = 0 } = request;
  const seeds = request.seeds ?? Array.from({ length: checkCount(count) }, (_, sample) => seed + sample);
  const wrong = seeds.find((value) => !Number.isSafeInteger(value));
  if (wrong !== undefined)
    throw invalid('seeds must be safe integers', String(wrong), 'an integer', 'give an integer seed');
  if (seeds.length === 0)
    throw invalid('there is nothing to sample', 'no seeds', 'at least one seed', 'give `count` or `seeds`');
  return seeds;
}

function checkCount(count: number): number {
  if (Number.isSafeInteger(count) && count > 0) return count;
  throw invalid(
    '`count` is not a number of samples',
    String(count),
    'a positive integer',
    'ask for at least one sample',
  );
}

/** A refused request. */
export function invalid(problem: string, got: string, expected: string, fix: string): DiffusionError {
  return new DiffusionError('RXD_REQUEST_INVALID', { problem, got, expected, fix });
}
