import type { Use } from '../../../core/assembly/recipe.js';
import { readDynamicShift } from './dynamic-shift.js';
import { refuseScheduler } from './refuse.js';
import type { SchedulerFile } from './scheduler-file.js';
import { readShiftTerminal, shiftedSigmas } from './shifted-sigmas.js';
import { readSigmaRule, refuseOwnLevels } from './sigma-flags.js';
import { trainStepsOf } from './vp-schedule.js';
import { use } from './use.js';

/** How far below pure noise runs of this class start. */
const BELOW_NOISE = 1e-6;

interface FlowPlace {
  readonly shift: number;
  readonly terminal: number | undefined;
  readonly final: string | undefined;
}

/** Schedule and grid of `UniPCMultistepScheduler` on the flow path. */
export function readFlowUnipc(file: SchedulerFile, endsAtZero: boolean): { schedule: Use; grid: Use } {
  const { config, setTimesteps } = file;
  const trainSteps = trainStepsOf(config);
  const shift = readDynamicShift(file)?.value ?? config.number('flow_shift', 1, { min: Number.MIN_VALUE });
  const repeats = !endsAtZero && file.repeats('no-op-last-step');
  const terminal = readShiftTerminal(config);
  const place = { shift, terminal, final: endsAtZero ? undefined : repeats ? 'repeat' : 'sigma-min' };
  const schedule = use('flow', { tMin: 1 / trainSteps, shift: shift === 1 ? undefined : shift });
  const rule = readSigmaRule(config);
  if (rule !== undefined && setTimesteps.has('sigmas')) refuseOwnLevels('sigmas', rule);
  if (rule !== undefined) return { schedule: use('flow'), grid: ratioGrid(file, place.final) };
  const own = ownSigmas(file);
  if (own === undefined && !file.repeats('below-noise'))
    return { schedule, grid: use('linspace', { extraPoint: true, shiftTerminal: terminal, final: place.final }) };
  return { schedule, grid: listedGrid(own ?? evenTimes(file.steps, trainSteps), place) };
}

/** The sigmas before the shift that `set_timesteps` was given. */
function ownSigmas({ setTimesteps, steps }: SchedulerFile): readonly number[] | undefined {
  const own = setTimesteps.numbers('sigmas');
  if (own !== undefined && own.length !== steps) setTimesteps.refuse('sigmas', `as many as steps: ${steps}`);
  const falls = own?.every((sigma, i) => sigma > 0 && sigma <= 1 && sigma < (own[i - 1] ?? Infinity));
  return falls === false ? setTimesteps.refuse('sigmas', 'numbers that fall, from 1 at most to above 0') : own;
}

/** Karras sigmas are sigma / alpha there, between ends that have to be given. */
function ratioGrid({ config, setTimesteps }: SchedulerFile, final: string | undefined): Use {
  for (const key of ['flow_shift', 'use_dynamic_shifting', 'time_shift_type', 'shift_terminal'])
    config.leaveUnused(key);
  setTimesteps.leaveUnused('mu');
  const [sigmaMin, sigmaMax] = [config.optionalNumber('sigma_min'), config.optionalNumber('sigma_max')];
  if (readSigmaRule(config) === 'karras' && sigmaMin !== undefined && sigmaMax !== undefined)
    return use('karras', { sigmaMin, sigmaMax, final: final === 'repeat' ? 'repeat' : final });
  return refuseScheduler({
    problem: 'this rule makes no levels of the flow path',
    got: 'use_flow_sigmas with exponential or beta sigmas, or with karras sigmas without ends',
    expected: 'use_karras_sigmas with sigma_min and sigma_max, or no rule',
    fix: 'switch the rule off',
  });
}

function evenTimes(steps: number, trainSteps: number): readonly number[] {
  return Array.from({ length: steps }, (_, i) => 1 - (i * (1 - 1 / trainSteps)) / steps);
}

function listedGrid(times: readonly number[], { shift, terminal, final }: FlowPlace): Use {
  const [first = 1, ...rest] = shiftedSigmas(times, shift, terminal);
  const start = Math.abs(first - 1) < BELOW_NOISE ? first - BELOW_NOISE : first;
  return use('custom', {
    sigmas: [start, ...rest],
    coordinate: 'sigma',
    final: final === 'sigma-min' && rest.length > 0 ? 'repeat' : final,
  });
}
