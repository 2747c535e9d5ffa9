import type { Use } from '../../../core/assembly/recipe.js';
import { refuseScheduler } from './refuse.js';
import type { SchedulerFields } from './scheduler-fields.js';
import type { SchedulerFile } from './scheduler-file.js';
import { trainStepsOf } from './vp-schedule.js';
import { use } from './use.js';

/** How a scheduler spaces its times. */
type Spacing = 'linspace' | 'leading' | 'trailing';

/** All spacings, for classes that know them all. */
const SPACINGS: readonly Spacing[] = ['linspace', 'leading', 'trailing'];

/** What differs between the classes. */
export interface SpacedDefaults {
  readonly spacing?: Spacing;
  readonly known?: readonly Spacing[];
}

/** The spacing of a config, and the offset of a leading one. */
export function readSpacing(config: SchedulerFields, { spacing = 'leading', known = SPACINGS }: SpacedDefaults = {}) {
  const name = config.choice('timestep_spacing', spacing, known);
  return { name, offset: name === 'leading' ? config.integer('steps_offset', 0, { min: 0 }) : 0 };
}

/** How many times a grid spaces out for so many steps. */
export interface SpacedPoints {
  /** One more than there are steps, of which the cleanest is left out. */
  readonly extraPoint?: boolean;
}

/**
 * Refuses more steps than there are training steps, where each step is to have a training step of its own, and an offset
 * that leads past the last of them.
 */
export function checkSpacedSteps(
  { config, steps }: SchedulerFile,
  { name, offset }: ReturnType<typeof readSpacing>,
  { extraPoint = false }: SpacedPoints = {},
): void {
  const trainSteps = trainStepsOf(config);
  const extra = extraPoint ? 1 : 0;
  const points = steps + extra;
  const said = `steps ${steps} with num_train_timesteps ${trainSteps} and timestep_spacing ${name}`;
  if (points > trainSteps)
    refuseScheduler({
      problem: 'there are more steps than training steps to take one by one',
      got: said,
      expected: `steps up to ${trainSteps - extra}`,
      fix: 'ask for fewer steps, or choose a class whose levels may lie between training steps (EulerDiscreteScheduler with timestep_spacing linspace or use_karras_sigmas)',
    });
  const last = offset + (points - 1) * Math.floor(trainSteps / points);
  if (name === 'leading' && last >= trainSteps)
    refuseScheduler({
      problem: 'steps_offset leads past the last training step',
      got: `${said}, and steps_offset ${offset}: time ${last}`,
      expected: `times up to ${trainSteps - 1}`,
      fix: 'ask for fewer steps, or set a smaller steps_offset',
    });
}

/** The grid of a class whose network calls are at whole times: DDPM, DDIM and their relatives. */
export function readTimeGrid(file: SchedulerFile, defaults: SpacedDefaults = {}): Use {
  const spacing = readSpacing(file.config, defaults);
  checkSpacedSteps(file, spacing);
  const { name, offset } = spacing;
  return use(name, offset > 0 ? { offset } : {});
}

/** Whether the last time that a grid visits is above 0. */
export function endsAboveZero({ config, steps }: SchedulerFile, defaults: SpacedDefaults = {}): boolean {
  const { name, offset } = readSpacing(config, defaults);
  return name === 'trailing' ? !trailsToZero(trainStepsOf(config), steps) : offset > 0;
}

/** Whether the last of so many trailing times is 0: they are rounded half to even, and count from 1. */
export function trailsToZero(trainSteps: number, steps: number): boolean {
  return trainSteps - (steps - 1) * (trainSteps / steps) < 1.5;
}

/** The stride that DDIM, PNDM and DDIMInverse take where the grid has another one; `undefined` where it is the grid's. */
export function readPreviousTime(file: SchedulerFile, defaults: SpacedDefaults = {}): number | undefined {
  const { name } = readSpacing(file.config, defaults);
  const trainSteps = trainStepsOf(file.config);
  if (file.steps > trainSteps) return undefined;
  const uneven = name === 'linspace' || (name === 'trailing' && trainSteps % file.steps !== 0);
  return uneven && file.repeats('previous-time') ? Math.floor(trainSteps / file.steps) : undefined;
}
