import { Roles, type NoiseSchedule, type StepGrid } from 'rxdiffusion';
import { made } from '../plugins/plugins-of.js';

/** Arguments of a scheduler of diffusers, or its whole config. */
export type SchedulerArguments = Readonly<Record<string, unknown>>;

/** The plugins that visit the levels of a scheduler of diffusers. */
export interface DiffusersParts {
  readonly schedule: NoiseSchedule;
  readonly grid: StepGrid;
}

type Settings = Readonly<Record<string, unknown>>;
type Use = readonly [name: string, config: Settings];

const SCHEDULES: Readonly<Record<string, string>> = {
  linear: 'linear',
  scaled_linear: 'scaled-linear',
  squaredcos_cap_v2: 'cosine',
  sigmoid: 'sigmoid',
  laplace: 'laplace',
  exp: 'exp',
};

/** Schedulers whose end points are those of the whole table, with one time more spaced out. */
const MULTISTEP = new Set(['DPMSolverMultistep', 'DPMSolverSinglestep', 'DEISMultistep', 'UniPCMultistep', 'SASolver']);
const EULER_FAMILY = new Set([
  ...['EulerDiscrete', 'EulerAncestralDiscrete', 'HeunDiscrete', 'LMSDiscrete'],
  ...['KDPM2Discrete', 'KDPM2AncestralDiscrete', 'DPMSolverSDE'],
]);
const STABLE_DIFFUSION_BETAS = new Set([
  ...['HeunDiscrete', 'KDPM2Discrete', 'KDPM2AncestralDiscrete', 'DPMSolverSDE', 'LCM', 'TCD'],
]);
const LEADING = new Set(['DDPM', 'DDIM', 'PNDM', 'DDIMInverse']);

/** The schedule of a variance-preserving scheduler. */
export function vpSchedule(kind: string, said: SchedulerArguments): Promise<NoiseSchedule> {
  const fewStep = ['LCM', 'TCD'].includes(kind);
  const { beta_schedule: drawing = fewStep ? 'scaled_linear' : 'linear' } = said as { readonly beta_schedule?: string };
  const name = SCHEDULES[drawing] ?? '';
  const [start, end] = STABLE_DIFFUSION_BETAS.has(kind) ? [0.00085, 0.012] : [1e-4, 0.02];
  const drawn = ['linear', 'scaled-linear', 'sigmoid'].includes(name);
  return made(Roles.schedule, name, {
    trainSteps: said['num_train_timesteps'] ?? 1000,
    zeroTerminalSnr: said['rescale_betas_zero_snr'] ?? false,
    terminalAlphaCumprod: kind.startsWith('Euler') ? 2 ** -24 : 0,
    ...(drawn ? { betaStart: said['beta_start'] ?? start, betaEnd: said['beta_end'] ?? end } : {}),
  });
}

/** The plugins of a scheduler, as one recipe would name them for any number of steps. */
export async function diffusersParts(schedulerClass: string, said: SchedulerArguments): Promise<DiffusersParts> {
  const kind = schedulerClass.replace(/Scheduler$/, '');
  const [name, config] = gridOf(kind, said);
  return { schedule: await scheduleOf(kind, said), grid: await made(Roles.grid, name, config) };
}

function scheduleOf(kind: string, said: SchedulerArguments): Promise<NoiseSchedule> {
  const sigmas = (sigmaMin: number, sigmaMax: number): Settings => ({ sigmaMin, sigmaMax });
  if (kind.startsWith('EDM') || kind === 'CMStochasticIterative') return made(Roles.schedule, 'edm', sigmas(0.002, 80));
  if (kind.startsWith('Cosine')) return made(Roles.schedule, 'edm', sigmas(0.3, 500));
  if (kind === 'IPNDM') return made(Roles.schedule, 'trigonometric');
  if (!kind.startsWith('FlowMatch')) return vpSchedule(kind, said);
  const shift = Number(said['shift'] ?? 1);
  // diffusers shifts the end of the table too, before it shifts the grid.
  return made(Roles.schedule, 'flow', { shift, tMin: shift / 1000 / (1 + (shift - 1) / 1000) });
}

function gridOf(kind: string, said: SchedulerArguments): Use {
  if (kind === 'CMStochasticIterative') return ['consistency', { final: 'append-sigma-min' }];
  if (kind === 'IPNDM') return ['sine-squared', {}];
  if (kind === 'LCM' || kind === 'TCD') return ['lcm', {}];
  if ('sigma_schedule' in said) return [String(said['sigma_schedule']), {}];
  if (kind.startsWith('EDM')) return ['karras', {}];
  if (kind.startsWith('Cosine')) return ['exponential', {}];
  const flow = kind.startsWith('FlowMatch');
  const coordinate = flow ? 'sigma' : 'sigma/alpha';
  const [nearest, down] = MULTISTEP.has(kind) ? ['nearest', 'down'] : ['none', 'none'];
  if (said['use_karras_sigmas'] === true) return ['karras', { coordinate, rounding: nearest }];
  if (said['use_lu_lambdas'] === true) return ['lu-lambda', { coordinate, rounding: nearest }];
  if (said['use_exponential_sigmas'] === true) return ['exponential', { coordinate, rounding: down }];
  if (said['use_beta_sigmas'] === true) return ['beta', { coordinate, rounding: down, over: 'sigma' }];
  if (flow) return ['linspace', { extraPoint: false }];
  return spacingOf(kind, said);
}

function spacingOf(kind: string, said: SchedulerArguments): Use {
  const extraPoint = MULTISTEP.has(kind);
  const spacing = said['timestep_spacing'] ?? (LEADING.has(kind) ? 'leading' : 'linspace');
  if (spacing === 'leading') return ['leading', { offset: said['steps_offset'] ?? 0, extraPoint }];
  if (spacing === 'trailing') return ['trailing', {}];
  const family = EULER_FAMILY.has(kind) ? { rounding: false, interpolation: 'sigma' } : {};
  return ['linspace', { extraPoint, ...family }];
}
