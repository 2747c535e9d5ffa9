import { readFlowUnipc } from '../flow-unipc.js';
import { endsAtZero } from '../lambda-grid.js';
import { multistepParts, type MultistepKeys } from '../multistep-parts.js';
import type { SchedulerFile, SchedulerParts } from '../scheduler-file.js';
import { readSiblingName } from '../solver-names.js';
import { use } from '../use.js';

const KEYS: MultistepKeys = { spaced: true, zeroSnr: true, final: 'said', ruleFinal: 'repeat' };

/** `UniPCMultistepScheduler`. */
export function readUnipc(file: SchedulerFile): SchedulerParts {
  const { config } = file;
  if (!config.flag('use_flow_sigmas', false)) refuseFlowOnly(file);
  if (config.has('solver_p')) config.refuse('solver_p', 'null: a solver in a solver has no counterpart');
  const disabled = config.numbers('disable_corrector') ?? [];
  const form = config.flag('predict_x0', true) ? 'x0' : 'noise';
  const variant = readSiblingName(config, 'solver_type', ['bh2', 'bh1'], ['midpoint', 'heun', 'logrho']);
  const sampler = use('unipc', {
    order: config.integer('solver_order', 2, { min: 1, max: 3 }),
    variant: variant === 'bh1' ? variant : undefined,
    form: form === 'noise' ? form : undefined,
    lowerOrderFinal: config.flag('lower_order_final', true) ? true : undefined,
    disableCorrector: disabled.length > 0 ? disabled.toSorted((a, b) => a - b) : undefined,
  });
  return multistepParts(file, sampler, KEYS, form, () => readFlowUnipc(file, endsAtZero(file, KEYS)));
}

/** Refuses what only the flow path has. */
function refuseFlowOnly({ config, setTimesteps }: SchedulerFile): void {
  if (config.has('shift_terminal')) config.refuse('shift_terminal', 'null, since use_flow_sigmas is false');
  if (setTimesteps.has('sigmas')) setTimesteps.refuse('sigmas', 'nothing, since use_flow_sigmas is false');
  if (config.flag('use_dynamic_shifting', false) && !setTimesteps.has('mu'))
    setTimesteps.refuse('mu', 'a number, since use_dynamic_shifting is true');
  for (const key of ['use_dynamic_shifting', 'time_shift_type']) config.leaveUnused(key);
  setTimesteps.leaveUnused('mu');
}
