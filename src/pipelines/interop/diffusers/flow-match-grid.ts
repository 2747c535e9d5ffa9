import type { Use } from '../../../core/assembly/recipe.js';
import { readDynamicShift } from './dynamic-shift.js';
import { refuseScheduler } from './refuse.js';
import type { SchedulerFile } from './scheduler-file.js';
import { readShiftTerminal, shiftedSigmas } from './shifted-sigmas.js';
import { readSigmaRule, ruleSettings } from './sigma-flags.js';
import { use } from './use.js';

/** What a FlowMatch class is but for its sampler. */
export interface FlowMatchParts {
  readonly schedule: Use;
  readonly grid: Use;
  readonly parameterization: Use;
}

/** Schedule, grid and parameterization of the class that knows `shift` alone. */
export function readShiftedGrid(file: SchedulerFile): FlowMatchParts {
  const trainSteps = trainStepsOf(file);
  return {
    schedule: shiftedSchedule(file, trainSteps),
    grid: use('linspace', { extraPoint: false }),
    parameterization: use('flow', { time: 'sigma', timeScale: trainSteps }),
  };
}

/** Schedule, grid and parameterization of the classes that know dynamic shifts, rules and levels of one's own. */
export function readFlowMatchGrid(file: SchedulerFile): FlowMatchParts {
  const { config } = file;
  const trainSteps = trainStepsOf(file);
  const inverted = config.flag('invert_sigmas', false);
  const parameterization = use('flow', {
    time: inverted ? 'alpha' : 'sigma',
    timeScale: trainSteps,
    negated: inverted ? true : undefined,
  });
  const terminal = readShiftTerminal(config);
  const dynamicShift = readDynamicShift(file);
  const rule = readSigmaRule(config);
  const own = ownTimes(file, trainSteps);
  if (own !== undefined && rule !== undefined) refuseRule();
  if (own !== undefined) {
    const shift = dynamicShift?.value ?? readShift(file);
    const sigmas = shiftedSigmas(own, shift, terminal);
    return { schedule: 'flow', grid: use('custom', { sigmas, coordinate: 'sigma' }), parameterization };
  }
  const schedule = dynamicShift
    ? use('flow', { tMin: 1 / trainSteps, dynamicShift: { kind: dynamicShift.kind, mu: dynamicShift.mu } })
    : shiftedSchedule(file, trainSteps);
  const grid =
    rule === undefined
      ? use('linspace', { extraPoint: false, shiftTerminal: terminal })
      : use(rule, { ...ruleSettings(rule), coordinate: 'sigma', sigmaMin: terminal });
  return { schedule, grid, parameterization };
}

function trainStepsOf({ config }: SchedulerFile): number {
  return config.integer('num_train_timesteps', 1000, { min: 1 });
}

function readShift({ config }: SchedulerFile): number {
  return config.number('shift', 1, { min: Number.MIN_VALUE });
}

/** A shift that is a number; diffusers shifts the least time once more, since its table has been shifted before. */
function shiftedSchedule(file: SchedulerFile, trainSteps: number): Use {
  const shift = readShift(file);
  if (shift === 1) return use('flow', { tMin: 1 / trainSteps });
  const [again = 0] = shiftedSigmas([1 / trainSteps], shift, undefined);
  return use('flow', { tMin: file.repeats('double-shift') ? again : 1 / trainSteps, shift });
}

/** The times before the shift that `set_timesteps` was given, as sigmas or in training steps. */
function ownTimes({ setTimesteps, steps }: SchedulerFile, trainSteps: number): readonly number[] | undefined {
  const [sigmas, times] = [setTimesteps.numbers('sigmas'), setTimesteps.numbers('timesteps')];
  if (sigmas !== undefined && times !== undefined && sigmas.length !== times.length)
    setTimesteps.refuse('sigmas', `as many as timesteps: ${times.length}`);
  const [key, own] = sigmas === undefined ? ['timesteps', times?.map((t) => t / trainSteps)] : ['sigmas', sigmas];
  if (own !== undefined && own.length !== steps) setTimesteps.refuse(key, `as many as steps: ${steps}`);
  const falls = own?.every((t, i) => t > 0 && t <= 1 && t < (own[i - 1] ?? Infinity));
  return falls === false ? setTimesteps.refuse(key, 'numbers that fall') : own;
}

function refuseRule(): never {
  return refuseScheduler({
    problem: 'a rule for sigmas and levels of one’s own exclude each other',
    got: 'both',
    expected: 'one of the two',
    fix: 'leave sigmas and timesteps out of set_timesteps, or switch the rule off',
  });
}
