import { churnedHeun, readChurn } from '../churn.js';
import type { Settings } from '../../../../core/assembly/plain-json.js';
import type { Use } from '../../../../core/assembly/recipe.js';
import { readFlowMatchGrid, readShiftedGrid } from '../flow-match-grid.js';
import type { SchedulerFile, SchedulerParts } from '../scheduler-file.js';
import { use } from '../use.js';

/** `FlowMatchEulerDiscreteScheduler`. */
export function readFlowMatchEuler(file: SchedulerFile): SchedulerParts {
  const stochastic = file.config.flag('stochastic_sampling', false);
  const churns = !stochastic && file.step.number('s_churn', 0, { min: 0 }) > 0 && !file.repeats('ignored-churn');
  const churn = churns ? readChurn(file) : undefined;
  const plain = stochastic ? 'consistency' : 'flow-euler';
  return { ...readFlowMatchGrid(file), sampler: churn === undefined ? plain : use('euler', churn) };
}

/** `FlowMatchHeunDiscreteScheduler`. */
export function readFlowMatchHeun(file: SchedulerFile): SchedulerParts {
  return { ...readShiftedGrid(file), sampler: flowHeun(file, readChurn(file)) };
}

function flowHeun(file: SchedulerFile, churn: Settings | undefined): Use {
  if (churn === undefined) return 'flow-heun';
  return file.repeats('late-churn') ? use('flow-heun', { lateChurn: churn }) : churnedHeun(churn);
}

/** `FlowMatchLCMScheduler`: the clean estimate, then fresh noise. */
export function readFlowMatchLcm(file: SchedulerFile): SchedulerParts {
  const { config } = file;
  if (config.has('scale_factors')) config.refuse('scale_factors', 'null: one size for the whole run');
  return { ...readFlowMatchGrid(file), sampler: 'consistency' };
}
