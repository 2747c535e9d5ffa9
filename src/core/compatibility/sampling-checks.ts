import type { NoiseLevel } from '../contracts/noise-level.js';
import { DiffusionError } from '../errors/diffusion-error.js';
import { Roles } from '../assembly/roles.js';
import { readSettings } from '../assembly/settings.js';
import type { Wiring } from '../assembly/wiring.js';
import { checkBranches, checkGuidanceNeeds } from './guidance-needs.js';
import { checkReadable } from './readable-levels.js';
import { checkSamplerNeeds } from './sampler-needs.js';
import { furtherNetworks } from '../assembly/networks.js';
import { sampleSettings } from '../requests/settings.js';

/**
 * Throws `RXD_COMBINATION` if the sampling parts of a pipeline cannot work together on the grid that its recipe asks for.
 * Each run checks its own grid again.
 */
export function checkSampling(wiring: Wiring): void {
  const levels = defaultLevels(wiring);
  const parameterization = wiring.find(Roles.parameterization);
  if (levels === undefined) return;
  const [sampler, schedule] = [wiring.find(Roles.sampler), wiring.find(Roles.schedule)];
  if (parameterization) checkReadable(levels, { parameterization, sampler });
  const [denoiser, conditioner] = [wiring.find(Roles.denoiser), wiring.find(Roles.conditioner)];
  const guidance = wiring.find(Roles.guidance);
  const networks = denoiser && { denoiser, networks: furtherNetworks(wiring) };
  checkBranches({ guidance, conditioner, schedule, networks }, levels);
  if (sampler === undefined || schedule === undefined || denoiser === undefined) return;
  checkSamplerNeeds({ sampler, schedule, denoiser }, levels);
  const classifier = wiring.find(Roles.classifier);
  checkGuidanceNeeds({ guidance, conditioner, classifier, denoiser, sampler, schedule }, levels);
}

/** The levels of a run of as many steps as the recipe says, where it can sample at all. */
function defaultLevels(wiring: Wiring): readonly NoiseLevel[] | undefined {
  const [schedule, grid] = [wiring.find(Roles.schedule), wiring.find(Roles.grid)];
  if (schedule === undefined || grid === undefined) return undefined;
  try {
    return grid.levels(schedule, readSettings(wiring.recipe, 'sample', sampleSettings).steps);
  } catch (error) {
    // A grid may serve some numbers of steps only, and each request may ask for its own.
    if (error instanceof DiffusionError && error.code === 'RXD_REQUEST_INVALID') return undefined;
    throw error;
  }
}
