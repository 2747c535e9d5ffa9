import type { Denoiser } from '../contracts/denoiser.js';
import type { NoiseLevel } from '../contracts/noise-level.js';
import type { NoiseSchedule } from '../contracts/noise-schedule.js';
import type { Sampler } from '../contracts/sampler.js';
import { DiffusionError } from '../errors/diffusion-error.js';
import { identityOf } from '../assembly/plugin-identity.js';

/** The parts that a sampler must fit. */
export interface SamplerSurroundings {
  readonly sampler: Sampler;
  readonly schedule: NoiseSchedule;
  readonly denoiser: Denoiser;
}

type Refusal = Readonly<Record<'problem' | 'got' | 'expected' | 'fix', string>>;

/** Throws `RXD_COMBINATION` if the run cannot give what its sampler needs. */
export function checkSamplerNeeds(parts: SamplerSurroundings, levels: readonly NoiseLevel[]): void {
  const refusal =
    wrongPath(parts) ??
    noTrainSteps(parts) ??
    noVariance(parts) ??
    tooFewSteps(parts, levels) ??
    wrongWay(parts, levels);
  if (refusal === undefined) return;
  throw new DiffusionError('RXD_COMBINATION', { ...refusal, plugin: identityOf(parts.sampler, 'sampler') });
}

function wrongPath({ sampler, schedule }: SamplerSurroundings): Refusal | undefined {
  const paths = sampler.needs?.paths;
  if (paths === undefined || paths.includes(schedule.path)) return undefined;
  return {
    problem: 'the sampler’s mathematics does not hold on the schedule’s path',
    got: `${identityOf(schedule, 'schedule')}, a ${schedule.path} path`,
    expected: `a schedule whose path is ${paths.join(' or ')}`,
    fix: 'choose a schedule of that path, or a sampler for every path (ddim, euler, heun, dpmpp-2m)',
  };
}

function noTrainSteps({ sampler, schedule }: SamplerSurroundings): Refusal | undefined {
  if (sampler.needs?.trainSteps !== true || schedule.trainSteps !== undefined) return undefined;
  return {
    problem: 'the sampler counts time in training steps and the schedule has none',
    got: `${identityOf(schedule, 'schedule')}, of continuous time`,
    expected: 'a schedule of training steps (linear, scaled-linear, cosine, custom-betas ...)',
    fix: 'choose one, or leave `previousTime` out of the sampler’s config',
  };
}

function noVariance({ sampler, denoiser }: SamplerSurroundings): Refusal | undefined {
  if (sampler.needs?.variance !== true || denoiser.info.learnsVariance === true) return undefined;
  return {
    problem: 'the sampler reads a learned variance and the network has none',
    got: `${identityOf(denoiser, 'denoiser')}, which puts out no variance`,
    expected: 'a network that puts out twice the channels: mean, then variance',
    fix: 'choose a fixed variance in the sampler’s config, or a network that learns its variance',
  };
}

function tooFewSteps({ sampler }: SamplerSurroundings, levels: readonly NoiseLevel[]): Refusal | undefined {
  const [steps, least] = [levels.length - 1, sampler.needs?.steps ?? 1];
  if (steps >= least) return undefined;
  return {
    problem: 'there are fewer steps than the sampler’s order needs',
    got: `${steps} steps`,
    expected: `${least} steps or more`,
    fix: 'ask for more steps, or choose a lower order in the sampler’s config',
  };
}

const EXPECTED = {
  clean: 'less noise after every step',
  noisy: 'more noise after every step',
  any: 'no step that leaves the clean level, and none that ends in pure noise',
} as const;

function wrongWay({ sampler }: SamplerSurroundings, levels: readonly NoiseLevel[]): Refusal | undefined {
  const towards = sampler.needs?.towards ?? 'clean';
  const fits = (from: NoiseLevel, to: NoiseLevel): boolean =>
    towards === 'any'
      ? from.sigma > 0 && to.alpha > 0
      : towards === 'clean'
        ? to.lambda > from.lambda
        : to.lambda < from.lambda;
  const step = levels.slice(1).findIndex((to, i) => !fits(levels[i] as NoiseLevel, to) && !isIdle(levels, i, towards));
  if (step < 0) return undefined;
  const [from, to] = [levels[step] as NoiseLevel, levels[step + 1] as NoiseLevel];
  return {
    problem: 'the grid’s levels run in the wrong direction for the sampler',
    got: `step ${step} from lambda ${from.lambda} (t = ${from.t}) to lambda ${to.lambda} (t = ${to.t})`,
    expected: EXPECTED[towards],
    fix: 'put the levels in order and leave equal ones out, or choose a sampler for that direction (ddim-inverse goes to noise)',
  };
}

/**
 * Whether a step stays where it is and may: the last one, as runs compatible with diffusers have it (no-op-last-step), and
 * the first one to noise, from a least level that is on the grid too.
 */
function isIdle(levels: readonly NoiseLevel[], step: number, towards: 'clean' | 'noisy' | 'any'): boolean {
  const [from, to] = [levels[step] as NoiseLevel, levels[step + 1] as NoiseLevel];
  const last = levels.length - 2;
  const atAnEnd = step === last || (towards === 'noisy' && step === 0);
  return last > 0 && atAnEnd && Math.abs(to.lambda - from.lambda) < 1e-9;
}
