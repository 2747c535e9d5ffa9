import { Roles, type NoiseSchedule } from 'rxdiffusion';
import { made } from './plugins.js';
import { needs, Skipped, type SchedulerConfig } from './solver-case.js';

const NAMES: Readonly<Record<string, string>> = {
  linear: 'linear',
  scaled_linear: 'scaled-linear',
  squaredcos_cap_v2: 'cosine',
};

/** The schedule of a variance-preserving config. */
export async function vpSchedule(config: SchedulerConfig): Promise<NoiseSchedule> {
  const said = (config['beta_schedule'] ?? 'linear') as string;
  const name = NAMES[said];
  needs(!Array.isArray(config['trained_betas']), 'schedule custom betas');
  needs(config['rescale_betas_zero_snr'] !== true, 'schedule zero terminal SNR');
  if (name === undefined) throw new Skipped(`schedule ${said}`);
  const trainSteps = Number(config['num_train_timesteps'] ?? 1000);
  const finalAlpha = config['set_alpha_to_one'] === false ? 'first' : 'one';
  const betas = { betaStart: Number(config['beta_start'] ?? 1e-4), betaEnd: Number(config['beta_end'] ?? 0.02) };
  return made(Roles.schedule, name, { trainSteps, finalAlpha, ...(name === 'cosine' ? {} : betas) });
}
