import type { Settings } from '../../../core/assembly/plain-json.js';

/** What a sampler of ComfyUI is here. */
export interface ComfySampler {
  readonly name: string;
  readonly config?: Settings;
  /** The plugin on flow paths, where it is another. */
  readonly onFlow?: string;
  /** True for the forms with `_cfg_pp`, whose guidance is cfg-plus-plus. */
  readonly plusPlus?: true;
  /** What ComfyUI does otherwise. */
  readonly differs?: string;
}

const OVER_SIGMA = 'on flow paths ComfyUI extrapolates over sigma, and this over sigma / alpha';
const LEVEL_LEFT_OUT = 'ComfyUI makes the grid with one step more and leaves its last level but one out';
const GPU = 'the noise is drawn as everywhere here, not on a GPU';
const FROM_FLOW = 'its two calls a step are over sigma on flow paths, and here over sigma / alpha';

const sde2 = (solver: 'midpoint' | 'heun', differs?: string): ComfySampler => ({
  name: 'dpmpp-2m-sde',
  config: { solver },
  ...(differs === undefined ? {} : { differs }),
});
const sde3: ComfySampler = { name: 'dpmpp-3m-sde', config: { thirdOrderFactor: 'half' } };
const adams = { predictorOrder: 3, correctorOrder: 4, lowerOrderFinal: true };
const adamsDiffers = 'ComfyUI lowers the orders one step earlier, and draws noise by the level where a step ends';
const unified = (variant: 'bh1' | 'bh2'): ComfySampler => ({
  name: 'unipc',
  config: { variant, order: 3, lowerOrderFinal: true },
  differs: LEVEL_LEFT_OUT,
});

/** Every sampler that ComfyUI offers, and those of RES4LYF that are known here. */
export const COMFY_SAMPLERS: Readonly<Record<string, ComfySampler>> = {
  euler: { name: 'euler' },
  euler_cfg_pp: { name: 'euler', plusPlus: true },
  euler_ancestral: { name: 'euler-ancestral', onFlow: 'flow-euler-ancestral' },
  euler_ancestral_cfg_pp: { name: 'euler-ancestral', plusPlus: true },
  heun: { name: 'heun', onFlow: 'flow-heun' },
  heunpp2: { name: 'heunpp2', differs: OVER_SIGMA },
  exp_heun_2_x0: { name: 'exp-heun-2-x0' },
  exp_heun_2_x0_sde: { name: 'exp-heun-2-x0', config: { eta: 1 } },
  dpm_2: { name: 'dpm2', differs: `${LEVEL_LEFT_OUT}; ${FROM_FLOW}` },
  dpm_2_ancestral: { name: 'dpm2-ancestral', differs: `${LEVEL_LEFT_OUT}; ${FROM_FLOW}` },
  lms: { name: 'lms', differs: OVER_SIGMA },
  dpm_fast: { name: 'dpm-fast', config: { division: 'paper' }, differs: 'ComfyUI makes the levels from the two ends' },
  dpm_adaptive: { name: 'dpm-adaptive', differs: 'ComfyUI judges a batch as one, and this each sample' },
  dpmpp_2s_ancestral: { name: 'dpmpp-2s-ancestral' },
  dpmpp_2s_ancestral_cfg_pp: { name: 'dpmpp-2s-ancestral', plusPlus: true },
  dpmpp_sde: { name: 'dpmpp-sde' },
  dpmpp_sde_gpu: { name: 'dpmpp-sde', differs: GPU },
  dpmpp_2m: { name: 'dpmpp-2m' },
  dpmpp_2m_cfg_pp: { name: 'dpmpp-2m', plusPlus: true },
  dpmpp_2m_sde: sde2('midpoint'),
  dpmpp_2m_sde_gpu: sde2('midpoint', GPU),
  dpmpp_2m_sde_heun: sde2('heun'),
  dpmpp_2m_sde_heun_gpu: sde2('heun', GPU),
  dpmpp_3m_sde: sde3,
  dpmpp_3m_sde_gpu: { ...sde3, differs: GPU },
  ddpm: { name: 'ddpm' },
  lcm: { name: 'consistency' },
  ipndm: { name: 'ipndm', config: { eulerAtFinal: true }, differs: OVER_SIGMA },
  ipndm_v: { name: 'ipndm-v', differs: OVER_SIGMA },
  deis: {
    name: 'deis',
    config: { order: 3 },
    differs: 'ComfyUI integrates over the time of a linear SDE, this over ln(sigma / alpha)',
  },
  cfgpp_ud10_ab: { name: 'cfgpp-ud10-ab', config: { noiseHistory: 0.1 }, plusPlus: true, differs: OVER_SIGMA },
  res_multistep: { name: 'res-multistep' },
  res_multistep_cfg_pp: { name: 'res-multistep', plusPlus: true },
  res_multistep_ancestral: { name: 'res-multistep', config: { eta: 1 } },
  res_multistep_ancestral_cfg_pp: { name: 'res-multistep', config: { eta: 1 }, plusPlus: true },
  gradient_estimation: { name: 'gradient-estimation', differs: OVER_SIGMA },
  gradient_estimation_cfg_pp: { name: 'gradient-estimation', plusPlus: true, differs: OVER_SIGMA },
  er_sde: { name: 'er-sde' },
  seeds_2: { name: 'seeds-2' },
  seeds_3: { name: 'seeds-3' },
  sa_solver: { name: 'sa-solver', config: adams, differs: adamsDiffers },
  sa_solver_pece: { name: 'sa-solver', config: { ...adams, mode: 'pece' }, differs: adamsDiffers },
  ddim: { name: 'ddim' },
  uni_pc: unified('bh1'),
  uni_pc_bh2: unified('bh2'),
  res_2m: { name: 'res-multistep', differs: 'RES4LYF adds noise of its own kind (eta 0.5), which this does not' },
  res_2m_ode: { name: 'res-multistep' },
  res_2s: { name: 'res-2s', differs: 'RES4LYF adds noise of its own kind (eta 0.5), which this does not' },
  res_2s_ode: { name: 'res-2s' },
};
