import { Roles, type Denoised, type NoiseLevel } from 'rxdiffusion';
import { exactDenoise, float64Of, fromFloat64, solve } from 'rxdiffusion/testing';
import type { KDiffusionCase } from './kdiffusion-case.js';
import { COMFYUI_PLANNERS, type Arguments, type Planner } from './comfyui-planners.js';
import { made } from './plugins.js';
import { Skipped } from './solver-case.js';

/** Largest relative differences of states and of the sigmas that the network is called at. */
interface Tolerances {
  readonly x: number;
  readonly sigma: number;
}

/** What k-diffusion computes in double precision. */
const DOUBLE: Tolerances = { x: 1e-10, sigma: 1e-10 };
/** dpm_fast and dpm_adaptive make their lambdas and exponentials in float32; the latter chooses its steps by what cancels there. */
const OWN_GRIDS: Readonly<Record<string, Tolerances>> = {
  sample_dpm_fast: { x: 1e-4, sigma: 1e-6 },
  sample_dpm_adaptive: { x: 5e-3, sigma: 5e-2 },
};

/** Sums over 200 points, made in float32. */
const SUMMED: Readonly<Record<string, Tolerances>> = { sample_er_sde: { x: 1e-6, sigma: 1e-10 } };

const eta = ({ eta: share = 1, s_noise: noiseScale = 1 }: Arguments): Arguments => ({ eta: share, noiseScale });
const churn = ({ s_churn: sChurn = 0, s_tmin: sMin = 0, s_tmax: sMax = 1e9, s_noise: noiseScale = 1 }: Arguments) => {
  return { sChurn, sMin, sMax, noiseScale };
};

/** The plugin that is each sampler's counterpart. */
const PLANNERS: Readonly<Record<string, Planner>> = {
  sample_euler: (args) => ['euler', churn(args)],
  sample_heun: (args) => (args['s_churn'] === undefined ? ['heun'] : ['edm', churn(args)]),
  sample_dpm_2: (args) => ['dpm2', churn(args)],
  sample_euler_ancestral: (args) => ['euler-ancestral', eta(args)],
  sample_dpm_2_ancestral: (args) => ['dpm2-ancestral', eta(args)],
  sample_dpmpp_2s_ancestral: (args) => ['dpmpp-2s-ancestral', eta(args)],
  sample_lms: ({ order = 4 }) => ['lms', { order }],
  sample_dpm_fast: (args) => ['dpm-fast', { ...eta({ eta: 0, ...args }), division: 'paper' }],
  sample_dpm_adaptive: ({ order, rtol, atol, ...args }) => [
    'dpm-adaptive',
    { order, rtol, atol, ...eta({ eta: 0, ...args }), norm: 'batch' },
  ],
  sample_dpmpp_2m: () => ['dpmpp-2m'],
  sample_dpmpp_sde: ({ r = 0.5, ...args }) => ['dpmpp-sde', { ...eta(args), r }],
  sample_dpmpp_2m_sde: ({ solver_type: solver, ...args }) => ['dpmpp-2m-sde', { ...eta(args), solver }],
  ...COMFYUI_PLANNERS,
  sample_dpmpp_3m_sde: (args) => ['dpmpp-3m-sde', { ...eta(args), thirdOrderFactor: 'half' }],
};

/** How far a run of a case by our plugins is from the recorded one, in units of the tolerances. Throws `Skipped`. */
export async function runKDiffusion(run: KDiffusionCase): Promise<number> {
  const planner = PLANNERS[run.sampler];
  if (planner === undefined) throw new Skipped(`no counterpart of k-diffusion’s ${run.sampler}`);
  const tolerance = OWN_GRIDS[run.sampler] ?? SUMMED[run.sampler] ?? DOUBLE;
  const sampler = await made(Roles.sampler, ...planner(run.arguments));
  const differences: number[] = [];
  const judge = (recorded: readonly number[], x: Float64Array): void => {
    const size = Math.max(1, ...recorded.map(Math.abs));
    const distance = Math.max(...recorded.map((value, i) => Math.abs(value - (x[i] ?? Number.NaN))));
    differences.push(distance / (tolerance.x * size));
  };
  const sigmas: number[] = [];
  const draws: number[] = [];
  let increments = 0;
  const end = solve({
    sampler,
    levels: levelsOf(run),
    x: Float64Array.from(run.xT),
    denoise: (x, level) => {
      sigmas.push(level.sigma);
      return run.sampler.includes('_cfg_pp') ? guided(exactDenoise(x, level)) : exactDenoise(x, level);
    },
    schedule: { at: veLevel, levelAt: (lambda) => veLevel(Math.exp(-lambda)) },
    noise: (index) => {
      if (!draws.includes(index)) draws.push(index);
      // Where the grid is given, k-diffusion draws in each step, needed or not.
      return noiseOf(run, run.sigmas === undefined ? draws.indexOf(index) : index);
    },
    brownian: () => noiseOf(run, increments++),
    onStep: (index, x) => {
      const next = run.sigmas === undefined ? undefined : run.atCallback[index + 1];
      // Where noise is added before a step, the callback saw the sample with it.
      if (next !== undefined && run.arguments['s_churn'] === undefined) judge(next.x, x);
    },
  });
  judge(run.final, end);
  if (sigmas.length !== run.calls.length)
    throw new Error(`${sigmas.length} network calls, and the record has ${run.calls.length}`);
  run.calls.forEach(({ sigma }, i) => differences.push(Math.abs((sigmas[i] ?? 0) / sigma - 1) / tolerance.sigma));
  return Math.max(...differences);
}

/** What guidance that decouples the noise makes of a reading: the records’ guided estimate is 1.2 times it plus 0.1. */
function guided({ denoised, noise }: Denoised): Denoised {
  return { denoised: fromFloat64(float64Of(denoised).map((value) => 1.2 * value + 0.1)), noise, unguided: denoised };
}

/** The levels of a run; of a sampler that owns its grid, as many as it may make calls, between the ends that it is told. */
function levelsOf(run: KDiffusionCase): readonly NoiseLevel[] {
  const { sigma_max: max, sigma_min: min, n = 1 } = run.arguments;
  const [from, to, calls] = [Number(max), Number(min), Number(n)];
  const inner = Array.from({ length: calls - 1 }, (_, i) => from * (to / from) ** ((i + 1) / calls));
  return (run.sigmas ?? [from, ...inner, to]).map(veLevel);
}

function veLevel(sigma: number): NoiseLevel {
  return { t: sigma, alpha: 1, sigma, lambda: -Math.log(sigma) };
}

function noiseOf({ noise }: KDiffusionCase, draw: number): Float64Array {
  const drawn = noise?.[draw];
  if (drawn === undefined) throw new Error('the record has no noise for this step');
  return Float64Array.from(drawn.z, Math.fround);
}
