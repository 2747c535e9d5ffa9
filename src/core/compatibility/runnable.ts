import type { ParametersBySlot, ParameterSet } from '../contracts/denoiser.js';
import type { NoiseLevel } from '../contracts/noise-level.js';
import { checkParameters } from '../tensors/parameters.js';
import { checkAdapters } from './adapter-checks.js';
import { checkBranches, checkGuidanceNeeds } from './guidance-needs.js';
import { checkReadable } from './readable-levels.js';
import type { ReverseParts } from '../sampling/reverse-parts.js';
import { checkRunShape } from '../sampling/start/run-shape.js';
import { invalid } from '../sampling/sample-request.js';
import { checkSamplerNeeds } from './sampler-needs.js';
import type { StartingPoint } from '../sampling/start/starting-point.js';

/**
 * Throws `RXD_COMBINATION` if these parts cannot go through these levels: known before any network call.
 *
 * @param start - the run's request and shape; where values change while it goes, which branches a guidance asks for is not
 *   known before
 */
export function checkRunnable(
  parts: ReverseParts,
  levels: readonly NoiseLevel[],
  { request, shape: [, ...sample] }: Pick<StartingPoint, 'request' | 'shape'>,
): void {
  checkAdapters(parts);
  checkReadable(levels, parts);
  checkSamplerNeeds(parts, levels);
  checkGuidanceNeeds(parts, levels);
  checkRunShape(parts, sample);
  const isLive = Object.keys(request.live ?? {}).some((key) => key.startsWith('guidance.'));
  if (!isLive) checkBranches({ ...parts, networks: { ...parts, shape: sample } }, levels, request);
}

/** Throws `RXD_PARAMETERS_MISMATCH` where weights that were given to a run do not fit the network of their slot. */
export function checkWeights(parts: WeightedParts, given: ParametersBySlot): void {
  for (const [slot, parameters] of Object.entries(given)) {
    const own = parametersOf(parts, slot);
    if (own === undefined)
      throw invalid(
        '`parameters` has weights of a slot that the pipeline does not have',
        slot,
        `weights of ${slotsOf(parts).join(', ')}`,
        'fill that slot in the recipe, or leave its weights out',
      );
    const what = slot === 'denoiser' ? '`parameters` of the request' : `\`parameters\` of the request for ${slot}`;
    checkParameters(parameters, own, what);
  }
}

/** The parts of a run that may have weights. */
export type WeightedParts = Pick<
  ReverseParts,
  'denoiser' | 'networks' | 'adapters' | 'conditioner' | 'codec' | 'classifier'
>;

/** The plugins that have weights, by slot. */
function weightedBySlot(
  parts: Partial<WeightedParts>,
): Readonly<Record<string, { readonly parameters?: ParameterSet } | undefined>> {
  const { denoiser, networks, adapters, conditioner, codec, classifier } = parts;
  return { denoiser, ...networks, ...adapters, conditioner, codec, classifier };
}

function slotsOf(parts: WeightedParts): readonly string[] {
  return Object.entries(weightedBySlot(parts)).flatMap(([slot, plugin]) => (plugin?.parameters ? [slot] : []));
}

/** The weights of a slot's plugin; nothing where it has none. */
export function parametersOf(parts: Partial<WeightedParts>, slot: string): ParameterSet | undefined {
  const plugins = weightedBySlot(parts);
  return Object.hasOwn(plugins, slot) ? plugins[slot]?.parameters : undefined;
}
