import type { Use } from '../../../core/plugins/recipe.js';
import { refuseScheduler } from './refuse.js';
import type { SchedulerFile } from './scheduler-file.js';
import { readSigmaRule, ruleSettings } from './sigma-flags.js';
import { use } from './use.js';

interface FlowParts {
  readonly schedule: Use;
  readonly grid: Use;
  readonly parameterization: Use;
}

/** Schedule, grid and parameterization of the FlowMatch classes; `plain` ones know `shift` alone. */
export function readFlowMatchGrid(file: SchedulerFile, { plain = false } = {}): FlowParts {
  const { config } = file;
  const trainSteps = config.integer('num_train_timesteps', 1000, { min: 1 });
  const inverted = !plain && config.flag('invert_sigmas', false);
  const parameterization = use('flow', {
    time: inverted ? 'alpha' : 'sigma',
    timeScale: trainSteps,
    negated: inverted ? true : undefined,
  });
  const terminal = plain ? undefined : config.optionalNumber('shift_terminal', { min: 0, max: 1 });
  const shiftTerminal = terminal === 0 ? undefined : terminal;
  const dynamicShift = plain ? undefined : readDynamicShift(file);
  const shift = dynamicShift === undefined ? config.number('shift', 1, { min: Number.MIN_VALUE }) : 1;
  const own = plain ? undefined : ownSigmas(file, trainSteps);
  const rule = plain ? undefined : readSigmaRule(config);
  const tMin =
    shift !== 1 && own === undefined && file.repeats('double-shift') ? shifted(1 / trainSteps, shift) : 1 / trainSteps;
  const schedule = use('flow', { tMin, shift: shift === 1 ? undefined : shift, dynamicShift });
  if (own !== undefined && rule !== undefined) refuseRule();
  if (own !== undefined) return { schedule, parameterization, grid: use('custom', { times: own, shiftTerminal }) };
  const grid =
    rule === undefined
      ? use('linspace', { extraPoint: false, shiftTerminal })
      : use(rule, { ...ruleSettings(rule), coordinate: 'sigma', sigmaMin: shiftTerminal });
  return { schedule, parameterization, grid };
}

function shifted(t: number, shift: number): number {
  return (shift * t) / (1 + (shift - 1) * t);
}

/** The dynamic shift that `mu` sets; `undefined` where the shift is a number. */
function readDynamicShift({ config, setTimesteps }: SchedulerFile): object | undefined {
  const kind = config.choice('time_shift_type', 'exponential', ['exponential', 'linear']);
  if (!config.flag('use_dynamic_shifting', false)) return undefined;
  const mu = setTimesteps.optionalNumber('mu');
  if (mu === undefined) setTimesteps.refuse('mu', 'a number, since use_dynamic_shifting is true');
  return { kind, mu };
}

/** The times before the shift that `set_timesteps` was given, as sigmas or in training steps. */
function ownSigmas({ setTimesteps, steps }: SchedulerFile, trainSteps: number): readonly number[] | undefined {
  const [sigmas, times] = [setTimesteps.numbers('sigmas'), setTimesteps.numbers('timesteps')];
  if (sigmas !== undefined && times !== undefined && sigmas.length !== times.length)
    setTimesteps.refuse('sigmas', `as many as timesteps: ${times.length}`);
  const own = sigmas ?? times?.map((t) => t / trainSteps);
  if (own !== undefined && own.length !== steps) setTimesteps.refuse('sigmas', `as many as steps: ${steps}`);
  const falls = own?.every((t, i) => t > 0 && t <= 1 && t < (own[i - 1] ?? Infinity));
  if (falls === false) setTimesteps.refuse(sigmas === undefined ? 'timesteps' : 'sigmas', 'numbers that fall');
  return own;
}

function refuseRule(): never {
  return refuseScheduler({
    problem: 'a rule for sigmas and sigmas of one’s own exclude each other',
    got: 'both',
    expected: 'one of the two',
    fix: 'leave sigmas and timesteps out of set_timesteps, or switch the rule off',
  });
}
