import type { Settings } from '../../../../core/assembly/plain-json.js';
import { refuseSlot, type Fragment, type NamedUse } from './fragment.js';

const BETA_SCHEDULES: Readonly<Record<string, string>> = {
  linear: 'linear',
  'scaled-linear': 'scaled_linear',
  cosine: 'squaredcos_cap_v2',
  sigmoid: 'sigmoid',
  laplace: 'laplace',
  exp: 'exp',
};

const SAY_THEIR_END = new Set(['DDIMScheduler', 'DDIMInverseScheduler', 'PNDMScheduler']);

/** Keys for the schedule: betas, the range of sigma, or the shift of a flow path. */
export function writtenSchedule(fragment: Fragment, className: string): Settings {
  const { schedule } = fragment;
  const { name, config } = schedule;
  if (name === 'trigonometric') return {};
  if (name === 'edm') return { sigma_min: config['sigmaMin'] ?? 0.002, sigma_max: config['sigmaMax'] ?? 80 };
  if (name === 've-sde')
    return { sigma_min: config['sigmaMin'], sigma_max: config['sigmaMax'], sampling_eps: config['tMin'] };
  if (name === 'flow') return flowKeys(fragment, className);
  const shared = {
    ...(SAY_THEIR_END.has(className) ? { set_alpha_to_one: config['finalAlpha'] !== 'first' } : {}),
    ...(config['zeroTerminalSnr'] === true ? { rescale_betas_zero_snr: true } : {}),
  };
  const betas = config['betas'] as readonly number[] | undefined;
  if (betas !== undefined) return { trained_betas: betas, num_train_timesteps: betas.length, ...shared };
  const beta_schedule =
    BETA_SCHEDULES[name] ?? refuseSlot('schedule', schedule, Object.keys(BETA_SCHEDULES).join(', '));
  return {
    beta_schedule,
    num_train_timesteps: config['trainSteps'] ?? 1000,
    ...betasOf(schedule),
    ...shared,
  };
}

/** First and last beta, as the plugin has them where its config is silent; classes of diffusers have other defaults. */
function betasOf({ name, config }: NamedUse): Settings {
  if (!['linear', 'scaled-linear', 'sigmoid'].includes(name)) return {};
  const [first, last] = name === 'scaled-linear' ? [0.00085, 0.012] : [1e-4, 0.02];
  return { beta_start: config['betaStart'] ?? first, beta_end: config['betaEnd'] ?? last };
}

function flowKeys({ schedule: { config }, parameterization }: Fragment, className: string): Settings {
  const trainSteps = { num_train_timesteps: parameterization.config['timeScale'] };
  if (!className.startsWith('FlowMatch')) return { ...trainSteps, use_flow_sigmas: true, flow_shift: config['shift'] };
  const dynamic = config['dynamicShift'] as Settings | undefined;
  if (dynamic === undefined) return { ...trainSteps, shift: config['shift'] };
  return { ...trainSteps, use_dynamic_shifting: true, time_shift_type: dynamic['kind'] };
}
