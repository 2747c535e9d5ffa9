import type { Classifier } from '../contracts/classifier.js';
import type { Conditioner } from '../contracts/conditioning.js';
import type { Denoiser } from '../contracts/denoiser.js';
import type { Guidance } from '../contracts/guidance.js';
import type { NoiseLevel } from '../contracts/noise-level.js';
import type { NoiseSchedule } from '../contracts/noise-schedule.js';
import type { Sampler } from '../contracts/sampler.js';
import { blame } from '../errors/blame.js';
import { DiffusionError } from '../errors/diffusion-error.js';
import { identityOf } from '../assembly/plugin-identity.js';
import { askedBranches } from './asked-branches.js';
import { checkNamed, networkOf, noUnconditional, perturbationOf, type Networks } from './branch-checks.js';
import type { SampleRequest } from '../sampling/sample-request.js';
import { solve } from '../loop/solve.js';
import { fromFloat64 } from '../tensors/float64-space.js';

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

/** What a request says of its conditions. */
type RequestedConditions = Pick<SampleRequest, 'negative' | 'conditions' | 'conditionsFrom' | 'live'>;

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
 * Throws `RXD_COMBINATION` if the guidance asks, on the way through the levels, for a network, a perturbation, an
 * unconditional side or another condition that there is not.
 *
 * @param request - the conditions of the run; where absent, they are not known yet, and any conditioner may be given a
 *   `negative`
 */
export function checkBranches(
  { guidance, conditioner, schedule, networks }: BranchSurroundings,
  levels: readonly NoiseLevel[],
  request?: RequestedConditions,
): void {
  if (guidance === undefined) return;
  const mayHaveNegative = request === undefined || bringsNegative(request);
  const hasUnconditional = conditioner !== undefined && (conditioner.prepareNothing !== undefined || mayHaveNegative);
  const further = request && Object.keys(request.conditions ?? {});
  try {
    for (const branch of askedBranches(guidance, levels, schedule)) {
      if (branch.condition === 'unconditional' && !hasUnconditional) throw noUnconditional(giverOf(conditioner));
      if (further) checkNamed(branch, further);
      if (networks) perturbationOf(branch, networkOf(branch, networks));
    }
  } catch (error) {
    throw blame(error, identityOf(guidance, 'guidance'));
  }
}

/** Whether a request says what guidance goes away from, before its first step. */
function bringsNegative({ negative, live = {}, conditionsFrom: [first] = [] }: RequestedConditions): boolean {
  return negative !== undefined || 'negative' in live || (first?.from === 0 && first.negative !== undefined);
}

function giverOf(conditioner: Conditioner | undefined): string {
  return conditioner ? `${identityOf(conditioner, 'conditioner')}, which has no unconditional side` : 'no conditioner';
}

function noClassifier({ classifier, conditioner, denoiser }: GuidanceSurroundings): Refusal | undefined {
  const expected = `a classifier of noisy samples [${denoiser.info.sampleShape.join(', ')}], and a conditioner`;
  if (classifier === undefined)
    return {
      problem: 'the guidance requires a classifier and there is none',
      got: 'nothing in the slot classifier',
      expected,
      fix: 'put a classifier plugin that was trained on noisy samples into the slot classifier',
    };
  if (conditioner === undefined)
    return {
      problem: 'the classifier needs a condition and the pipeline has no conditioner',
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
    expected: 'a sampler that builds each sample from the estimate and the noise alone, or reads `unguided`',
    fix: 'choose ddim, euler, euler-ancestral, dpmpp-2m, dpmpp-2s-ancestral, res-multistep or gradient-estimation, or the guidance cfg',
  };
}

function refused(guidance: Guidance, refusal: Refusal): DiffusionError {
  return new DiffusionError('RXD_COMBINATION', { ...refusal, plugin: identityOf(guidance, 'guidance') });
}

/**
 * Whether a sampler makes its first sample of what the network says alone, or asks which estimate the noise belongs to: it
 * is tried on two numbers, to which the network says the same. At alpha 0 and at sigma 0 many samplers make it of that
 * alone, so levels in between are tried.
 */
function buildsFromReading(sampler: Sampler, schedule: NoiseSchedule, levels: readonly NoiseLevel[]): boolean {
  const between = levels.filter(({ alpha, sigma }) => alpha > 0 && sigma > 0);
  if (between.length < 2) return true;
  const number = (value: number): Float64Array => Float64Array.of(value);
  let asksForUnguided = false;
  const denoised = fromFloat64(number(0.5));
  const reading = {
    denoised,
    noise: fromFloat64(number(-0.25)),
    get unguided() {
      asksForUnguided = true;
      return denoised;
    },
  };
  const firstFrom = (x: number): number => {
    let first = Number.NaN;
    solve({
      sampler,
      schedule,
      levels: between,
      x: number(x),
      denoise: () => reading,
      noise: () => number(0),
      brownian: () => number(0),
      onStep: (index, { 0: value = Number.NaN }) => {
        if (index === 0) first = value;
      },
    });
    return first;
  };
  return firstFrom(1) === firstFrom(-1) || asksForUnguided;
}
