import type { KDiffusionCase } from './kdiffusion-case.js';

export type Arguments = KDiffusionCase['arguments'];
/** The plugin and its config that stand for a sampler with some arguments. */
export type Planner = (args: Arguments) => readonly [name: string, config?: Arguments];

const noise = ({ eta = 1, s_noise: noiseScale = 1 }: Arguments): Arguments => ({ eta, noiseScale });
const slope = (of: unknown): Arguments => (of === undefined ? {} : { solver: of === 'phi_1' ? 'midpoint' : 'exact' });
const order = ({ max_order: said }: Arguments): Arguments => (said === undefined ? {} : { order: said });
const adams = ({
  tau,
  predictor_order: predictorOrder = 3,
  corrector_order: correctorOrder = 4,
}: Arguments): Arguments => ({
  ...{ tau, predictorOrder, correctorOrder, tauTimes: [0, 1e9] },
});
const given = (key: string, value: unknown): Arguments => (value === undefined ? {} : { [key]: value });

/** The counterparts of the samplers that ComfyUI has beside those of k-diffusion. */
export const COMFYUI_PLANNERS: Readonly<Record<string, Planner>> = {
  sample_heunpp2: () => ['heunpp2'],
  sample_exp_heun_2_x0: ({ solver_type }) => ['exp-heun-2-x0', slope(solver_type)],
  sample_exp_heun_2_x0_sde: ({ solver_type, ...args }) => ['exp-heun-2-x0', { ...noise(args), ...slope(solver_type) }],
  sample_ipndm: (args) => ['ipndm', { eulerAtFinal: true, ...order(args) }],
  sample_ipndm_v: (args) => ['ipndm-v', order(args)],
  sample_gradient_estimation: ({ ge_gamma }) => ['gradient-estimation', given('gamma', ge_gamma)],
  sample_gradient_estimation_cfg_pp: ({ ge_gamma }) => ['gradient-estimation', given('gamma', ge_gamma)],
  sample_er_sde: ({ max_stage, s_noise: noiseScale = 1 }) => ['er-sde', { noiseScale, ...given('stages', max_stage) }],
  sample_seeds_2: ({ r, solver_type, ...args }) => [
    'seeds-2',
    { ...noise(args), ...given('r', r), ...slope(solver_type) },
  ],
  sample_seeds_3: ({ r_1, r_2, ...args }) => ['seeds-3', { ...noise(args), ...given('r1', r_1), ...given('r2', r_2) }],
  sample_sa_solver: (args) => ['sa-solver', adams(args)],
  sample_sa_solver_pece: (args) => ['sa-solver', { mode: 'pece', ...adams(args) }],
  sample_res_multistep: () => ['res-multistep'],
  sample_res_multistep_cfg_pp: () => ['res-multistep'],
  sample_res_multistep_ancestral: (args) => ['res-multistep', noise(args)],
  sample_res_multistep_ancestral_cfg_pp: (args) => ['res-multistep', noise(args)],
  sample_euler_cfg_pp: () => ['euler'],
  sample_euler_ancestral_cfg_pp: (args) => ['euler-ancestral', noise(args)],
  sample_dpmpp_2m_cfg_pp: () => ['dpmpp-2m'],
  sample_lcm: () => ['consistency'],
  sample_ddpm: () => ['ddpm'],
};
