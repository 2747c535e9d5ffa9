import { z } from 'zod';
import { MOST, listOf, nonNegative } from '../../core/assembly/config-numbers.js';
import type { Branch, Guidance } from '../../core/contracts/guidance.js';
import type { NoiseLevel } from '../../core/contracts/noise-level.js';
import { CONDITIONAL, UNCONDITIONAL } from './branches.js';
import { liveScale, scale as anyScale } from './guidance-scale.js';
import { weighedBranches } from './weighed-branches.js';

/** Config keys of guidance by a perturbed network. */
export const scale = nonNegative().describe('how far it goes away from the perturbed network; may be live');
export const cfgScale = anyScale.describe('scale of cfg beside it; 1 needs no unconditional side; may be live');
export const layers = listOf(z.string().min(1), MOST.layers)
  .nullable()
  .default(null)
  .describe('names of the layers that are changed; null is all that the network offers');

/** What is changed in the network, and how far guidance goes away from that. */
export interface PerturbedConfig {
  readonly scale: number;
  readonly cfgScale: number;
  readonly layers: readonly string[] | null;
}

/**
 * `cfg + scale * (conditional - perturbed)`, each of the two scales live.
 *
 * @param kind - the perturbation
 * @param isAtWork - where it goes away from the perturbed network; it is `cfg` elsewhere. Everywhere where absent
 */
export function perturbedGuidance(
  kind: string,
  config: PerturbedConfig,
  isAtWork: (level: NoiseLevel) => boolean = () => true,
): Guidance {
  const [away, cfg] = [liveScale(config.scale, scale), liveScale(config.cfgScale, cfgScale, 'cfgScale')];
  const perturbation = Object.freeze(config.layers === null ? { kind } : { kind, layers: config.layers });
  const perturbed: Branch = Object.freeze({ name: 'perturbed', perturbation });
  return {
    live: { ...away.live, ...cfg.live },
    ...weighedBranches((level, live) => {
      const [s, c] = [isAtWork(level) ? away.of(live) : 0, cfg.of(live)];
      return [
        [1 - c, UNCONDITIONAL],
        [c + s, CONDITIONAL],
        [-s, perturbed],
      ];
    }),
  };
}
