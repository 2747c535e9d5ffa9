import type { Settings } from '../../../core/assembly/plain-json.js';

/** What a scheduler of ComfyUI is here. */
export interface ComfyScheduler {
  readonly name: string;
  readonly config?: Settings;
  /** Whether its rule is over sigma / alpha, which flow paths have as sigma. */
  readonly overSigma?: true;
  /** What ComfyUI does otherwise. */
  readonly differs?: string;
}

const WHOLE_INDICES = 'ComfyUI takes the nearest whole index of the schedule';

/** Every scheduler that ComfyUI offers, and those of its nodes and of RES4LYF. */
export const COMFY_SCHEDULERS: Readonly<Record<string, ComfyScheduler>> = {
  simple: { name: 'simple' },
  sgm_uniform: { name: 'sgm-uniform' },
  karras: { name: 'karras', overSigma: true },
  exponential: { name: 'exponential', overSigma: true },
  polyexponential: { name: 'polyexponential', overSigma: true },
  ddim_uniform: { name: 'ddim-uniform', differs: 'ComfyUI may take a step or two more than asked for' },
  beta: { name: 'beta', differs: WHOLE_INDICES },
  beta57: { name: 'beta', config: { alpha: 0.5, beta: 0.7 }, differs: WHOLE_INDICES },
  normal: { name: 'normal' },
  linear_quadratic: { name: 'linear-quadratic' },
  kl_optimal: { name: 'kl-optimal', overSigma: true },
  bong_tangent: { name: 'bong-tangent' },
  smoothstep: { name: 'smoothstep' },
  gits: { name: 'gits' },
  align_your_steps: { name: 'align-your-steps' },
};
