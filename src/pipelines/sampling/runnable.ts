import type { ParameterSet } from '../../core/contracts/denoiser.js';
import type { NoiseLevel } from '../../core/contracts/noise-level.js';
import { checkParameters } from '../../core/tensors/parameters.js';
import { checkBranches, checkGuidanceNeeds } from './guidance-needs.js';
import { checkReadable } from './readable-levels.js';
import type { ReverseParts } from './reverse-parts.js';
import { invalid } from './sample-request.js';
import { checkSamplerNeeds } from './sampler-needs.js';

/**
 * Throws `RXD_COMBINATION` if these parts cannot go through these levels: known before any network call.
 *
 * @param live - values that change while the run goes; which sides a guidance needs is not known before where it is live
 */
export function checkRunnable(
  parts: ReverseParts,
  levels: readonly NoiseLevel[],
  live: Readonly<Record<string, unknown>> = {},
): void {
  checkReadable(levels, parts);
  checkSamplerNeeds(parts, levels);
  checkGuidanceNeeds(parts, levels);
  const isLive = Object.keys(live).some((key) => key.startsWith('guidance.'));
  if (!isLive) checkBranches(parts, levels);
}

/** Throws `RXD_PARAMETERS_MISMATCH` where weights that were given to a run do not fit its networks, and where none has them. */
export function checkWeights(
  { denoiser, weak }: Pick<ReverseParts, 'denoiser' | 'weak'>,
  given: { readonly parameters?: ParameterSet | undefined; readonly weakParameters?: ParameterSet | undefined },
): void {
  if (given.parameters) checkParameters(given.parameters, denoiser.parameters, '`parameters` of the request');
  if (given.weakParameters === undefined) return;
  if (weak === undefined)
    throw invalid(
      '`weakParameters` are weights of a network that the pipeline does not have',
      'weakParameters',
      'a recipe with a network in the slot `denoiser:weak`',
      'add that network, or leave `weakParameters` out',
    );
  checkParameters(given.weakParameters, weak.parameters, '`weakParameters` of the request');
}
