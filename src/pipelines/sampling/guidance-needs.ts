import type { Classifier } from '../../core/contracts/classifier.js';
import type { Conditioner } from '../../core/contracts/conditioning.js';
import type { Denoiser } from '../../core/contracts/denoiser.js';
import type { Guidance } from '../../core/contracts/guidance.js';
import type { NoiseLevel } from '../../core/contracts/noise-level.js';
import type { NoiseSchedule } from '../../core/contracts/noise-schedule.js';
import type { Sampler } from '../../core/contracts/sampler.js';
import { DiffusionError } from '../../core/errors/diffusion-error.js';
import { identityOf } from '../../core/plugins/plugin-identity.js';
import { buildsFromReading } from './builds-from-reading.js';

/** The parts that a guidance must fit. */
export interface GuidanceSurroundings {
  readonly guidance?: Guidance | undefined;
  readonly conditioner?: Conditioner | undefined;
  readonly weak?: Denoiser | undefined;
  readonly classifier?: Classifier | undefined;
  readonly denoiser: Denoiser;
  readonly sampler: Sampler;
  readonly schedule: NoiseSchedule;
}

/** The parts that say on which sides of a condition the network is called. */
type BranchSurroundings = Pick<GuidanceSurroundings, 'guidance' | 'conditioner'> & {
  readonly schedule: NoiseSchedule | undefined;
};

type Refusal = Readonly<Record<'problem' | 'got' | 'expected' | 'fix', string>>;

/** Throws `RXD_COMBINATION` if the run lacks what its guidance asks, or its sampler undoes what the guidance does. */
export function checkGuidanceNeeds(parts: GuidanceSurroundings, levels: readonly NoiseLevel[]): void {
  const { guidance } = parts;
  if (guidance === undefined) return;
  const asks = guidance.asks ?? [];
  const refusal =
    (asks.includes('weak') ? noWeak(parts) : undefined) ??
    (asks.includes('classifier') ? noClassifier(parts) : undefined) ??
    (guidance.moves === true ? movesInVain(parts, levels) : undefined);
  if (refusal) throw refused(guidance, refusal);
}

/** Throws `RXD_COMBINATION` if the guidance needs an unconditional side on the way through the levels, and there is none. */
export function checkBranches(
  { guidance, conditioner, schedule }: BranchSurroundings,
  levels: readonly NoiseLevel[],
): void {
  if (guidance === undefined || conditioner?.hasUnconditional === true) return;
  const visited = [...levels.slice(0, -1), ...(schedule ? innerLevels(levels, schedule) : [])];
  const needing = visited.find((level) => guidance.branches(level, {}) !== 'conditional');
  if (needing === undefined) return;
  throw refused(guidance, {
    problem: 'the guidance needs an unconditional side and the pipeline has none',
    got: conditioner ? `${identityOf(conditioner, 'conditioner')}, which has no unconditional side` : 'no conditioner',
    expected: 'a conditioner with an unconditional side',
    fix: 'add one (class-label, with a null class in the network), or use guidance none, autoguidance or classifier',
  });
}

/** Parts into which a step is divided to look at it. */
const PARTS = 16;

/** Levels inside the steps, evenly spaced in lambda: samplers of several network calls a step look there. */
function innerLevels(levels: readonly NoiseLevel[], schedule: NoiseSchedule): readonly NoiseLevel[] {
  return levels.flatMap(({ lambda }, i) => {
    const width = (levels[i + 1]?.lambda ?? Infinity) - lambda;
    if (!Number.isFinite(width)) return [];
    return Array.from({ length: PARTS - 1 }, (_, k) => schedule.levelAt(lambda + ((k + 1) / PARTS) * width));
  });
}

function noWeak({ weak, denoiser }: GuidanceSurroundings): Refusal | undefined {
  const expected = `a denoiser of samples [${denoiser.info.sampleShape.join(', ')}] in the slot denoiser:weak`;
  const fix = 'fill the slot denoiser:weak with a smaller network, or one that was trained for a shorter time';
  if (weak === undefined)
    return { problem: 'the guidance compares two networks and there is one', got: 'none', expected, fix };
  const got = `samples [${weak.info.sampleShape.join(', ')}]`;
  if (weak.info.sampleShape.join() !== denoiser.info.sampleShape.join())
    return { problem: 'the weaker network has samples of another shape', got, expected, fix };
  return undefined;
}

function noClassifier({ classifier, conditioner, denoiser }: GuidanceSurroundings): Refusal | undefined {
  const expected = `a classifier of noisy samples [${denoiser.info.sampleShape.join(', ')}], and a conditioner`;
  if (classifier === undefined)
    return {
      problem: 'the guidance asks a classifier and there is none',
      got: 'nothing in the slot classifier',
      expected,
      fix: 'put a classifier plugin that was trained on noisy samples into the slot classifier',
    };
  if (conditioner === undefined)
    return {
      problem: 'the classifier is asked for a condition and nothing says conditions',
      got: 'no conditioner',
      expected,
      fix: 'add a conditioner (class-label)',
    };
  const got = `samples [${classifier.info.sampleShape.join(', ')}]`;
  if (classifier.info.sampleShape.join() === denoiser.info.sampleShape.join()) return undefined;
  return {
    problem: 'the classifier has samples of another shape',
    got,
    expected,
    fix: 'use a classifier for the network’s samples',
  };
}

function movesInVain({ sampler, schedule }: GuidanceSurroundings, levels: readonly NoiseLevel[]): Refusal | undefined {
  if (buildsFromReading(sampler, schedule, levels)) return undefined;
  return {
    problem: 'the sampler goes on from x, and undoes what this guidance does to estimate and noise',
    got: identityOf(sampler, 'sampler'),
    expected: 'a sampler that builds each sample from the estimate and the noise alone',
    fix: 'choose ddim (with eta or without), or the guidance cfg',
  };
}

function refused(guidance: Guidance, refusal: Refusal): DiffusionError {
  return new DiffusionError('RXD_COMBINATION', { ...refusal, plugin: identityOf(guidance, 'guidance') });
}
