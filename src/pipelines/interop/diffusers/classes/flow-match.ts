import { readChurn } from '../churn.js';
import { readFlowMatchGrid } from '../flow-match-grid.js';
import type { SchedulerFile, SchedulerParts } from '../scheduler-file.js';
import { use } from '../use.js';

/** `FlowMatchEulerDiscreteScheduler`. */
export function readFlowMatchEuler(file: SchedulerFile): SchedulerParts {
  const stochastic = file.config.flag('stochastic_sampling', false);
  const churned = file.step.number('s_churn', 0, { min: 0 }) > 0;
  const plain = use(stochastic ? 'consistency' : 'flow-euler');
  const ignores = stochastic || !churned || file.repeats('ignored-churn');
  return { ...readFlowMatchGrid(file), sampler: ignores ? plain : readChurn(file, plain) };
}

/** `FlowMatchHeunDiscreteScheduler`. */
export function readFlowMatchHeun(file: SchedulerFile): SchedulerParts {
  return { ...readFlowMatchGrid(file, { plain: true }), sampler: readChurn(file, use('flow-heun'), 2) };
}

/** `FlowMatchLCMScheduler`: the clean estimate, then fresh noise. */
export function readFlowMatchLcm(file: SchedulerFile): SchedulerParts {
  const { config } = file;
  if (config.has('scale_factors')) config.refuse('scale_factors', 'null: one size for the whole run');
  return { ...readFlowMatchGrid(file), sampler: use('consistency') };
}
