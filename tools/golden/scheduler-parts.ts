import {
  readScheduler,
  Roles,
  type DiffusersQuirk,
  type NoiseLevel,
  type NoiseSchedule,
  type Parameterization,
  type Role,
  type Sampler,
  type SchedulerClip,
  type SchedulerOptions,
  type SchedulerReading,
  type Use,
} from 'rxdiffusion';
import { made } from './plugins.js';

/** What diffusers does in every run of some class, and the golden cases therefore give no code. */
const UNCODED: readonly DiffusersQuirk[] = [
  ...([
    'raw-noise',
    'even-weights',
    'first-order-start',
    'final-noise',
    'whole-times',
    'below-noise',
    'small-start',
  ] as const),
  ...(['cut-off-times', 'log-linear-times'] as const),
  ...(['batch-norms', 'stepped-sigmas'] as const),
];

/** The plugins that a scheduler config means, and the levels of a run with them. */
export interface SchedulerRun {
  readonly reading: SchedulerReading;
  readonly schedule: NoiseSchedule;
  readonly sampler: Sampler;
  readonly parameterization: Parameterization;
  readonly levels: readonly NoiseLevel[];
  readonly clip: SchedulerClip | undefined;
}

/** Reads a config as a user would, repeating the quirks that a case names, and makes the plugins of the recipe. */
export function schedulerRun(
  config: unknown,
  { quirks = [], ...options }: Omit<SchedulerOptions, 'compatible'> & { readonly quirks?: readonly string[] },
): Promise<SchedulerRun> {
  return runOf(config, { ...options, compatible: [...UNCODED, ...(quirks as readonly DiffusersQuirk[])] });
}

/** The plugins of a recipe that a config is read into. */
export async function runOf(config: unknown, options: SchedulerOptions): Promise<SchedulerRun> {
  const reading = readScheduler(config, options);
  const { plugins, request } = reading;
  const schedule = await madeOf(Roles.schedule, plugins.schedule);
  const grid = await madeOf(Roles.grid, plugins.grid);
  return {
    reading,
    schedule,
    sampler: await madeOf(Roles.sampler, plugins.sampler),
    parameterization: await madeOf(Roles.parameterization, plugins.parameterization),
    levels: grid.levels(schedule, request.steps),
    clip: request.clip,
  };
}

function madeOf<T>(role: Role<T>, use: Use): Promise<T> {
  return typeof use === 'string' ? made(role, use) : made(role, use.name, use.config);
}
