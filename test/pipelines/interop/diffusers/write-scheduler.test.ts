import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { DiffusionError, readScheduler, writeScheduler } from 'rxdiffusion';
import type { SolverFile } from '../../../../tools/golden/solver-case.js';

const FOLDER = 'test/golden/solvers';
const files = readdirSync(FOLDER)
  .filter((name) => name.endsWith('Scheduler.json.gz') && !name.startsWith('CogVideoX'))
  .map((name) => JSON.parse(gunzipSync(readFileSync(`${FOLDER}/${name}`)).toString('utf8')) as SolverFile);

describe('writeScheduler', () => {
  it.each(files)('writes back what readScheduler reads of $class', ({ class: className, cases }) => {
    for (const { config, numInferenceSteps, setTimesteps, stepArgs: step = {} } of cases) {
      if (setTimesteps !== undefined) continue;
      const options = { steps: numInferenceSteps ?? 50, step };
      const { plugins, request } = readScheduler(config, options);
      // A config cannot carry levels one by one, nor churn where diffusers has it late or never.
      const churned = className.startsWith('FlowMatch') && 's_churn' in step;
      if (churned || JSON.stringify(plugins.grid).includes('custom')) continue;
      const written = writeScheduler(plugins, request);
      const again = readScheduler(written.config, { steps: request.steps, step: written.step });
      expect([again.plugins, again.request]).toEqual([plugins, request]);
    }
  });

  it('writes a recipe by hand', () => {
    const plugins = { schedule: 'linear', grid: 'trailing', sampler: 'dpmpp-2m', parameterization: 'v' } as const;
    expect(writeScheduler(plugins, { steps: 20 })).toEqual({
      config: {
        _class_name: 'DPMSolverMultistepScheduler',
        ...{ solver_order: 2, lower_order_final: false, euler_at_final: false },
        ...{ beta_schedule: 'linear', num_train_timesteps: 1000, beta_start: 1e-4, beta_end: 0.02 },
        ...{ timestep_spacing: 'trailing', prediction_type: 'v_prediction' },
      },
      step: {},
    });
  });

  it.each([
    [{ sampler: 'restart' }, 'no scheduler config of diffusers expresses this sampler'],
    [{ schedule: 'vp-sde' }, 'no scheduler config of diffusers expresses this schedule'],
    [{ grid: 'kl-optimal' }, 'no scheduler config of diffusers expresses this grid'],
    [{ parameterization: 'score' }, 'no scheduler config of diffusers expresses this parameterization'],
    [{ sampler: { name: 'heun', config: { order: 7 } } }, 'sampler heun: order'],
    [{ schedule: { name: 'cosine', config: { offset: 0.1 } } }, 'schedule cosine: offset'],
  ])('refuses %j', (slots, words) => {
    const plugins = { schedule: 'linear', grid: 'leading', sampler: 'ddim', parameterization: 'epsilon' } as const;
    const write = (): unknown => writeScheduler({ ...plugins, ...slots });
    expect(write).toThrow(DiffusionError);
    expect(write).toThrow(words);
  });
});
