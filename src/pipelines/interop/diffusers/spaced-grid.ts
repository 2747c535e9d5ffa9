import type { Use } from '../../../core/plugins/recipe.js';
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

/** The grid of a class whose network calls are at whole times: DDPM, DDIM and their relatives. */
export function readTimeGrid(file: SchedulerFile, defaults: SpacedDefaults = {}): Use {
  const { name, offset } = readSpacing(file.config, defaults);
  return use(name, offset > 0 ? { offset } : {});
}

/** Whether the last time that a grid visits is above 0. */
export function endsAboveZero({ config, steps }: SchedulerFile, defaults: SpacedDefaults = {}): boolean {
  const { name, offset } = readSpacing(config, defaults);
  return name === 'trailing' ? trainStepsOf(config) !== steps : offset > 0;
}

/** The stride that DDIM, PNDM and DDIMInverse take where the grid has another one; `undefined` where it is the grid's. */
export function readPreviousTime(file: SchedulerFile, defaults: SpacedDefaults = {}): number | undefined {
  const { name } = readSpacing(file.config, defaults);
  const trainSteps = trainStepsOf(file.config);
  const uneven = name === 'linspace' || (name === 'trailing' && trainSteps % file.steps !== 0);
  return uneven && file.repeats('previous-time') ? Math.floor(trainSteps / file.steps) : undefined;
}
