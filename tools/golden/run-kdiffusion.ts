import { Roles, type NoiseLevel } from 'rxdiffusion';
import { exactDenoise, solve } from 'rxdiffusion/testing';
import type { KDiffusionCase } from './kdiffusion-case.js';
import { made } from './plugins.js';
import { Skipped } from './solver-case.js';

type Arguments = KDiffusionCase['arguments'];
type Planner = (args: Arguments) => readonly [name: string, config?: Arguments];

/** Largest relative difference from what k-diffusion computed in double precision. */
const TOLERANCE = 1e-10;

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
  sample_dpmpp_2m: () => ['dpmpp-2m'],
  sample_dpmpp_sde: ({ r = 0.5, ...args }) => ['dpmpp-sde', { ...eta(args), r }],
  sample_dpmpp_2m_sde: ({ solver_type: solver, ...args }) => ['dpmpp-2m-sde', { ...eta(args), solver }],
  sample_dpmpp_3m_sde: (args) => ['dpmpp-3m-sde', { ...eta(args), thirdOrderFactor: 'half' }],
};

/** How far a run of a case by our plugins is from the recorded one, in units of the tolerance. Throws `Skipped`. */
export async function runKDiffusion(run: KDiffusionCase): Promise<number> {
  const planner = PLANNERS[run.sampler];
  if (planner === undefined) throw new Skipped(`no counterpart of k-diffusion’s ${run.sampler}`);
  const [name, config] = planner(run.arguments);
  const sampler = await made(Roles.sampler, name, config);
  const levels = levelsOf(run);
  let [worst, drawn] = [0, 0];
  const judge = (recorded: readonly number[], x: Float64Array): void => {
    const size = Math.max(1, ...recorded.map(Math.abs));
    const distance = Math.max(...recorded.map((value, i) => Math.abs(value - (x[i] ?? Number.NaN))));
    worst = Math.max(worst, distance / (TOLERANCE * size));
  };
  const end = solve({
    sampler,
    levels,
    x: Float64Array.from(run.xT),
    denoise: exactDenoise,
    schedule: { at: veLevel, levelAt: (lambda) => veLevel(Math.exp(-lambda)) },
    noise: (index) => noiseOf(run, index),
    brownian: () => noiseOf(run, drawn++),
    onStep: (index, x) => {
      const next = run.atCallback[index + 1];
      // Where noise is added before a step, the callback saw the sample with it.
      if (next !== undefined && run.arguments['s_churn'] === undefined) judge(next.x, x);
    },
  });
  judge(run.final, end);
  return worst;
}

function levelsOf({ sigmas }: KDiffusionCase): readonly NoiseLevel[] {
  return (sigmas ?? []).map(veLevel);
}

function veLevel(sigma: number): NoiseLevel {
  return { t: sigma, alpha: 1, sigma, lambda: -Math.log(sigma) };
}

function noiseOf({ noise }: KDiffusionCase, index: number): Float64Array {
  const drawn = noise?.[index];
  if (drawn === undefined) throw new Error('the record has no noise for this step');
  return Float64Array.from(drawn.z, Math.fround);
}
