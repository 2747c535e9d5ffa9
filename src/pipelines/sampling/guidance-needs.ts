import type { Classifier } from '../../core/contracts/classifier.js';
import type { Conditioner } from '../../core/contracts/conditioning.js';
import type { Denoiser } from '../../core/contracts/denoiser.js';
import type { Branch, Guidance } from '../../core/contracts/guidance.js';
import type { NoiseLevel } from '../../core/contracts/noise-level.js';
import type { NoiseSchedule } from '../../core/contracts/noise-schedule.js';
import type { Sampler } from '../../core/contracts/sampler.js';
import { blame } from '../../core/errors/blame.js';
import { DiffusionError } from '../../core/errors/diffusion-error.js';
import { identityOf } from '../../core/plugins/plugin-identity.js';
import { networkOf, noUnconditional, perturbationOf, type Networks } from './branch-checks.js';
import { buildsFromReading } from './builds-from-reading.js';

/** The parts that a guidance must fit. */
export interface GuidanceSurroundings {
  readonly guidance?: Guidance | undefined;
  readonly conditioner?: Conditioner | undefined;
  readonly networks?: Readonly<Record<string, Denoiser>> | undefined;
  readonly classifier?: Classifier | undefined;
  readonly denoiser: Denoiser;
  readonly sampler: Sampler;
  readonly schedule: NoiseSchedule;
}

/** The parts that say how the network is called. */
type BranchSurroundings = Pick<GuidanceSurroundings, 'guidance' | 'conditioner'> & {
  readonly schedule: NoiseSchedule | undefined;
  /** The networks; not looked at where the pipeline has none. */
  readonly networks: Networks | undefined;
};

type Refusal = Readonly<Record<'problem' | 'got' | 'expected' | 'fix', string>>;

/** Throws `RXD_COMBINATION` if the run lacks what its guidance requires, or its sampler undoes what the guidance does. */
export function checkGuidanceNeeds(parts: GuidanceSurroundings, levels: readonly NoiseLevel[]): void {
  const { guidance } = parts;
  if (guidance === undefined) return;
  const refusal =
    (guidance.requires?.includes('classifier') === true ? noClassifier(parts) : undefined) ??
    (guidance.decouplesNoise === true ? decoupledInVain(parts, levels) : undefined);
  if (refusal) throw refused(guidance, refusal);
}

/**
 * Throws `RXD_COMBINATION` if the guidance asks, on the way through the levels, for a network, a perturbation or an
 * unconditional side that there is not.
 *
 * @param hasNegative - whether the request says what the unconditional side is
 */
export function checkBranches(
  { guidance, conditioner, schedule, networks }: BranchSurroundings,
  levels: readonly NoiseLevel[],
  hasNegative = false,
): void {
  if (guidance === undefined) return;
  const hasUnconditional = conditioner !== undefined && (conditioner.prepareNothing !== undefined || hasNegative);
  // Samplers of several calls a step look inside of steps too; only a missing side is worth looking for there.
  const inner = schedule && !hasUnconditional ? innerLevels(levels, schedule) : [];
  const asked = new Set([...levels.slice(0, -1), ...inner].flatMap((level) => guidance.branches(level, {})));
  try {
    for (const branch of distinct(asked)) {
      if (branch.condition === 'unconditional' && !hasUnconditional) throw noUnconditional(giverOf(conditioner));
      if (networks) perturbationOf(branch, networkOf(branch, networks));
    }
  } catch (error) {
    throw blame(error, identityOf(guidance, 'guidance'));
  }
}

function distinct(branches: ReadonlySet<Branch>): readonly Branch[] {
  return [...new Map([...branches].map((branch) => [JSON.stringify(branch), branch])).values()];
}

function giverOf(conditioner: Conditioner | undefined): string {
  return conditioner ? `${identityOf(conditioner, 'conditioner')}, which has no unconditional side` : 'no conditioner';
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

function decoupledInVain(
  { sampler, schedule }: GuidanceSurroundings,
  levels: readonly NoiseLevel[],
): Refusal | undefined {
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
