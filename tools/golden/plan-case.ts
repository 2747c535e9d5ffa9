import { Roles, type NoiseLevel, type NoiseSchedule, type Sampler } from 'rxdiffusion';
import { made } from './plugins.js';
import { vpSchedule } from './schedule-of.js';
import { needs, Skipped, type SchedulerConfig, type SolverCase } from './solver-case.js';
import { levelsOf, sigmaAt, spacedSigmas, timesOfFamilyA, timesOfFamilyB } from './vp-levels.js';

/** What a case becomes: a sampler on levels, and how estimates are kept in range. */
export interface CasePlan {
  readonly sampler: Sampler;
  readonly schedule: NoiseSchedule;
  readonly levels: readonly NoiseLevel[];
  readonly clip?: { readonly range: number; readonly keepNoise: boolean };
}

type Planner = (run: SolverCase, config: SchedulerConfig) => Promise<CasePlan>;

const PLANNERS: Readonly<Record<string, Planner>> = {
  DDIMScheduler: async (run, config) => {
    const schedule = await vpSchedule(config);
    const keepNoise = run.stepArgs?.['use_clipped_model_output'] !== true;
    const eta = Number(run.stepArgs?.['eta'] ?? 0);
    return {
      sampler: await made(Roles.sampler, 'ddim', { eta }),
      schedule,
      levels: [...times(run, config, true).map((t) => schedule.at(t)), schedule.clean],
      ...clipOf(config, keepNoise),
    };
  },
  DDPMScheduler: async (run, config) => {
    const schedule = await vpSchedule(config);
    const variance = { fixed_small: 'fixed-small', fixed_small_log: 'fixed-small', fixed_large: 'fixed-large' }[
      String(config['variance_type'])
    ];
    if (variance === undefined) throw new Skipped(`variance ${String(config['variance_type'])}`);
    return {
      sampler: await made(Roles.sampler, 'ddpm', { variance }),
      schedule,
      levels: [...times(run, config, true).map((t) => schedule.at(t)), schedule.clean],
      ...clipOf(config, true),
    };
  },
  EulerDiscreteScheduler: (run, config) => sigmaPlan(run, config, 'euler'),
  EulerAncestralDiscreteScheduler: (run, config) => sigmaPlan(run, config, 'euler-ancestral'),
  KDPM2AncestralDiscreteScheduler: (run, config) => sigmaPlan(run, config, 'dpm2-ancestral'),
  KDPM2DiscreteScheduler: (run, config) => sigmaPlan(run, config, 'dpm2'),
  LMSDiscreteScheduler: (run, config) => sigmaPlan(run, config, 'lms', { order: Number(run.stepArgs?.['order'] ?? 4) }),
  HeunDiscreteScheduler: async (run, config) => ({
    ...(await sigmaPlan(run, config, 'heun')),
    ...clipOf(config, false),
  }),
  DPMSolverMultistepScheduler: async (run, config) => {
    const sampler = await multistep(run, config);
    return { sampler, ...(await multistepLevels(run, config)) };
  },
  UniPCMultistepScheduler: async (run, config) => {
    needs(config['use_flow_sigmas'] !== true, 'flow sigmas of UniPC');
    needs(config['predict_x0'] === true, 'noise prediction of UniPC');
    needs((config['disable_corrector'] as unknown[] | undefined)?.length === 0, 'disabled correctors');
    const lowerOrderFinal = config['lower_order_final'] === true;
    const settings = { order: Number(config['solver_order']), variant: config['solver_type'], lowerOrderFinal };
    const sampler = await made(Roles.sampler, 'unipc', settings);
    return { sampler, ...(await multistepLevels(run, config)) };
  },
  DEISMultistepScheduler: async (run, config) => {
    const lowerOrderFinal = config['lower_order_final'] === true && run.timesteps.length < 15;
    const order = Number(config['solver_order']);
    const sampler = await made(Roles.sampler, 'deis', { order, lowerOrderFinal });
    return { sampler, ...(await multistepLevels(run, { ...config, final_sigmas_type: 'sigma_min' })) };
  },
  FlowMatchEulerDiscreteScheduler: async (run, config) => {
    const schedule = await made(Roles.schedule, 'flow');
    for (const flag of [
      'use_karras_sigmas',
      'use_exponential_sigmas',
      'use_beta_sigmas',
      'invert_sigmas',
      'stochastic_sampling',
      'use_dynamic_shifting',
    ])
      needs(config[flag] !== true, `flow with ${flag}`);
    needs(Number(config['shift']) === 1, 'schedule flow with shift');
    const total = Number(config['num_train_timesteps']);
    const steps = run.numInferenceSteps ?? 0;
    const said =
      (run.setTimesteps?.['sigmas'] as number[] | undefined) ??
      (run.setTimesteps?.['timesteps'] as number[] | undefined)?.map((t) => t / total);
    const sigmas = said ?? Array.from({ length: steps }, (_, i) => 1 + (i / (steps - 1)) * (1 / total - 1));
    return {
      sampler: await made(Roles.sampler, 'euler'),
      schedule,
      levels: [...sigmas.map(flowLevel), schedule.clean],
    };
  },
  EDMEulerScheduler: (run, config) => edmPlan(run, config, made(Roles.sampler, 'euler')),
  EDMDPMSolverMultistepScheduler: (run, config) => edmPlan(run, config, multistep(run, config)),
};

/** Plans a case. Throws `Skipped` for what the package does not have. */
export async function planCase(schedulerClass: string, run: SolverCase): Promise<CasePlan> {
  const planner = PLANNERS[schedulerClass];
  if (planner === undefined) throw new Skipped(`no counterpart of ${schedulerClass}`);
  for (const quirk of run.quirks ?? []) needs(false, `quirk ${quirk}`);
  needs(run.config['thresholding'] !== true, 'dynamic thresholding');
  needs(Number(run.stepArgs?.['s_churn'] ?? 0) === 0, 'churn');
  return planner(run, run.config);
}

function times(run: SolverCase, config: SchedulerConfig, rounding: boolean): readonly number[] {
  return (
    (run.setTimesteps?.['timesteps'] as number[] | undefined) ??
    timesOfFamilyA(config, run.numInferenceSteps ?? 0, rounding)
  );
}

async function sigmaPlan(
  run: SolverCase,
  config: SchedulerConfig,
  sampler: string,
  settings: SchedulerConfig = {},
): Promise<CasePlan> {
  const schedule = await vpSchedule(config);
  const said = run.setTimesteps?.['sigmas'] as number[] | undefined;
  const sigmas = said?.filter((sigma) => sigma > 0) ?? times(run, config, false).map((t) => sigmaAt(schedule, t));
  const ends: readonly [number, number] = [sigmas[0] ?? 1, sigmas.at(-1) ?? 1];
  return {
    sampler: await made(Roles.sampler, sampler, settings),
    schedule,
    levels: levelsOf(schedule, config, said ? sigmas : spacedSigmas(config, sigmas, ends)),
  };
}

async function edmPlan(run: SolverCase, config: SchedulerConfig, sampler: Promise<Sampler>): Promise<CasePlan> {
  needs((config['final_sigmas_type'] ?? 'zero') === 'zero', 'final sigma sigma_min');
  const [sigmaMin, sigmaMax] = [Number(config['sigma_min']), Number(config['sigma_max'])];
  const schedule = await made(Roles.schedule, 'edm', { sigmaMin, sigmaMax });
  const grid =
    config['sigma_schedule'] === 'exponential'
      ? await made(Roles.grid, 'exponential')
      : await made(Roles.grid, 'karras', { rho: Number(config['rho']) });
  return { sampler: await sampler, schedule, levels: grid.levels(schedule, run.numInferenceSteps ?? 0) };
}

const MULTISTEP: Readonly<Record<string, string>> = { 'dpmsolver++': 'dpmpp-2m', 'sde-dpmsolver++': 'dpmpp-2m-sde' };

/** DPM-Solver++(2M), its SDE form, and the first order of the former, which is ddim; the other forms are other methods. */
async function multistep({ timesteps }: SolverCase, config: SchedulerConfig): Promise<Sampler> {
  const algorithm = String(config['algorithm_type']);
  const name = MULTISTEP[algorithm];
  if (name === undefined) throw new Skipped(`algorithm ${algorithm}`);
  needs(Number(config['solver_order']) <= 2, 'order 3');
  if (Number(config['solver_order']) === 1) {
    needs(name === 'dpmpp-2m', `first order of ${algorithm}`);
    return made(Roles.sampler, 'ddim');
  }
  const steadied = config['lower_order_final'] === true && timesteps.length < 15;
  const finalOrder = config['euler_at_final'] === true || steadied ? 1 : 2;
  const noise = name === 'dpmpp-2m-sde' ? { noise: 'independent' } : {};
  return made(Roles.sampler, name, { finalOrder, solver: config['solver_type'], ...noise });
}

/** The levels of the schedulers of family B: spaced times, or sigmas between the ends of the whole schedule. */
async function multistepLevels(run: SolverCase, config: SchedulerConfig): Promise<Omit<CasePlan, 'sampler'>> {
  if (config['use_flow_sigmas'] === true) return flowMultistep(run, config);
  const schedule = await vpSchedule(config);
  const said = run.setTimesteps?.['timesteps'] as number[] | undefined;
  const sigmas = (said ?? timesOfFamilyB(config, run.numInferenceSteps ?? 0)).map((t) => sigmaAt(schedule, t));
  needs((config['lambda_min_clipped'] ?? '-Infinity') === '-Infinity', 'lambda_min_clipped');
  const all: readonly [number, number] = [sigmaAt(schedule, schedule.tMax), sigmaAt(schedule, 0)];
  return { schedule, levels: levelsOf(schedule, config, spacedSigmas(config, sigmas, all)) };
}

async function flowMultistep(run: SolverCase, config: SchedulerConfig): Promise<Omit<CasePlan, 'sampler'>> {
  needs(config['use_dynamic_shifting'] !== true && Number(config['flow_shift']) === 1, 'schedule flow with shift');
  const schedule = await made(Roles.schedule, 'flow');
  const [steps, total] = [run.numInferenceSteps ?? 0, Number(config['num_train_timesteps'])];
  const sigmas = Array.from({ length: steps }, (_, i) => ((1 - 1 / total) * (steps - i)) / steps);
  return { schedule, levels: [...sigmas.map(flowLevel), schedule.clean] };
}

function flowLevel(sigma: number): NoiseLevel {
  return { t: sigma, alpha: 1 - sigma, sigma, lambda: sigma === 1 ? -Infinity : Math.log((1 - sigma) / sigma) };
}

function clipOf(config: SchedulerConfig, keepNoise: boolean): Pick<CasePlan, 'clip'> {
  return config['clip_sample'] === true ? { clip: { range: Number(config['clip_sample_range'] ?? 1), keepNoise } } : {};
}
