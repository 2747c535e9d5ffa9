import { endsAtZero } from '../lambda-grid.js';
import { multistepParts, type MultistepKeys } from '../multistep-parts.js';
import type { SchedulerFile, SchedulerParts } from '../scheduler-file.js';
import { readSiblingName } from '../solver-names.js';
import { use } from '../use.js';
import { readSolver, refuseEnd } from './dpm-solver-multistep.js';

const KEYS: MultistepKeys = {
  ...{ times: true, clipped: true, dynamic: true },
  ...{ final: 'said', ruleFinal: 'append-sigma-min' },
};

const FORMS = { 'dpmsolver++': undefined, dpmsolver: 'noise', 'sde-dpmsolver++': 'denoised-sde' } as const;

/** `DPMSolverSinglestepScheduler`. It lowers its last orders also where the steps make no whole groups, or end at 0. */
export function readDpmSolverSinglestep(file: SchedulerFile): SchedulerParts {
  const { config, steps } = file;
  const algorithm = readSiblingName(
    config,
    'algorithm_type',
    ['dpmsolver++', 'dpmsolver', 'sde-dpmsolver++'],
    ['deis'],
  );
  const zero = endsAtZero(file, KEYS);
  if (algorithm === 'dpmsolver' && zero) refuseEnd(algorithm);
  const order = config.integer('solver_order', 2, { min: 1, max: 3 });
  const said = config.flag('lower_order_final', false);
  const lowered = said || zero || steps % order !== 0;
  if (lowered && !said) config.leaveUnused('lower_order_final');
  const solver = readSolver(file);
  const wrongSign = algorithm === 'sde-dpmsolver++' && order === 3 && solver === 'heun';
  const sampler = use('dpmpp-singlestep', {
    ...{ order, form: FORMS[algorithm], solver },
    lowerOrderFinal: lowered ? true : undefined,
    sdeThirdOrderSign: wrongSign && file.repeats('sde-third-order-sign') ? 'flipped' : undefined,
  });
  return multistepParts(file, sampler, KEYS, algorithm === 'dpmsolver' ? 'noise' : 'x0');
}
