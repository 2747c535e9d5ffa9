import { expect, it } from 'vitest';
import { Roles } from 'rxdiffusion';
import { DiffusionError } from '../../../../src/core/errors/diffusion-error.js';
import { readScheduler, type SchedulerReading } from '../../../../src/pipelines/interop/diffusers/read-scheduler.js';
import { SCHEDULER_CLASSES } from '../../../../src/pipelines/interop/diffusers/scheduler-classes.js';
import { made } from '../../../plugins/plugins-of.js';

type Use = SchedulerReading['plugins']['grid'];
const partsOf = (use: Use) =>
  typeof use === 'string' ? ([use, {}] as const) : ([use.name, use.config ?? {}] as const);

/** Half log-SNRs of the levels that a reading visits, always in the order in which they rise. */
async function lambdasOf({ plugins, request }: SchedulerReading): Promise<readonly number[]> {
  const schedule = await made(Roles.schedule, ...partsOf(plugins.schedule));
  const grid = await made(Roles.grid, ...partsOf(plugins.grid));
  const lambdas = grid.levels(schedule, request.steps).map(({ lambda }) => lambda);
  return partsOf(plugins.grid)[0] === 'flip' ? lambdas.toReversed() : lambdas;
}

const config = (name: string, more: object) => ({
  ...{ _class_name: name, timestep_spacing: 'trailing', prediction_type: 'v_prediction', set_alpha_to_one: false },
  ...more,
});
const ENDS = [{}, { final_sigmas_type: 'sigma_min' }, { rescale_betas_zero_snr: true }, { use_karras_sigmas: true }];

/** Classes of few steps refuse more for another reason. */
const FEW = new Set(['CMStochasticIterativeScheduler', 'LCMScheduler', 'TCDScheduler']);

async function outcome(name: string, more: object, steps: number): Promise<string> {
  try {
    const lambdas = await lambdasOf(readScheduler(config(name, more), { steps }));
    const still = lambdas.findIndex((lambda, i) => i > 0 && !(lambda > (lambdas[i - 1] as number)));
    return still < 0 ? 'rises' : `step ${still} of ${steps} with ${JSON.stringify(more)} does not lead on`;
  } catch (error) {
    return error instanceof DiffusionError && error.code === 'RXD_SCHEDULER_CONFIG' ? 'refused' : String(error);
  }
}

// UnCLIP has one schedule, and refuses the others.
it.each(Object.keys(SCHEDULER_CLASSES).filter((name) => name !== 'UnCLIPScheduler'))(
  '%s: with many trailing steps every step leads on, or the reading is refused by name',
  async (name) => {
    for (const more of ENDS)
      for (const steps of [20, 300, 666, 667, 700, 999, 1000]) {
        const mayRefuse = steps > (FEW.has(name) ? 20 : 666);
        expect(mayRefuse ? ['rises', 'refused'] : ['rises']).toContain(await outcome(name, more, steps));
      }
  },
);

it('repeats the last step that does nothing where it is asked for', () => {
  const { compatibility } = readScheduler(config('DEISMultistepScheduler', {}), {
    steps: 700,
    compatible: 'diffusers',
  });
  expect(compatibility).toContain('no-op-last-step');
});
