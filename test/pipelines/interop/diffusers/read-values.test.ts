import { describe, expect, it } from 'vitest';
import { DiffusionError, readScheduler, type NoiseLevel, type SchedulerOptions, type Use } from 'rxdiffusion';
import { SCHEDULER_CLASSES } from '../../../../src/pipelines/interop/diffusers/scheduler-classes.js';
import { runOf } from '../../../../tools/golden/scheduler-parts.js';
import { philox } from '../../../../src/plugins/noise/philox.js';
import { create } from '../../../plugins/plugins-of.js';
import { times } from '../../../effort.js';

type Config = Readonly<Record<string, unknown>>;

const named = (name: string, config: Config = {}): Config => ({ _class_name: `${name}Scheduler`, ...config });
const nameOf = (use: Use): string => (typeof use === 'string' ? use : use.name);
const predictionOf = (config: Config): string => nameOf(readScheduler(config, { steps: 10 }).plugins.parameterization);

function refusalOf(act: () => unknown): DiffusionError {
  try {
    act();
  } catch (error) {
    if (error instanceof DiffusionError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('what a network predicts', () => {
  it.each(['DDPM', 'DDIM', 'DPMSolverMultistep', 'EulerDiscrete', 'UniPCMultistep', 'LCM'])(
    'reads predict_epsilon of old configs: %s',
    (name) => {
      expect(predictionOf(named(name, { predict_epsilon: false }))).toBe('x0');
      expect(predictionOf(named(name, { predict_epsilon: true }))).toBe('epsilon');
      expect(predictionOf(named(name, { predict_epsilon: false, prediction_type: 'sample' }))).toBe('x0');
      expect(readScheduler(named(name, { predict_epsilon: null })).ignored).toEqual([]);
    },
  );

  it('refuses two keys that contradict each other, and x0 in classes that do not know it', () => {
    const both = named('DDIM', { predict_epsilon: true, prediction_type: 'v_prediction' });
    expect(refusalOf(() => readScheduler(both)).message).toMatch(
      /predict_epsilon true and prediction_type v_prediction/,
    );
    expect(refusalOf(() => readScheduler(named('PNDM', { predict_epsilon: false }))).code).toBe('RXD_SCHEDULER_CONFIG');
  });

  it('knows the older name of sample where diffusers does', () => {
    expect(predictionOf(named('EulerDiscrete', { prediction_type: 'original_sample' }))).toBe('x0');
    expect(refusalOf(() => readScheduler(named('DDIM', { prediction_type: 'original_sample' }))).message).toMatch(
      /prediction_type/,
    );
  });
});

describe('values of a config', () => {
  it('takes a thresholding maximum as it is said', () => {
    const config = named('DDIM', { thresholding: true, sample_max_value: 0.5, dynamic_thresholding_ratio: 0.9 });
    expect(readScheduler(config).request.clip).toEqual({ quantile: 0.9, max: 0.5 });
    expect(refusalOf(() => readScheduler({ ...config, sample_max_value: 0 })).message).toMatch(/sample_max_value/);
  });

  it('shifts times of UniPC as time_shift_type says', async () => {
    const config = named('UniPCMultistep', { use_flow_sigmas: true, prediction_type: 'flow_prediction' });
    const shifted = { ...config, use_dynamic_shifting: true, time_shift_type: 'linear' };
    const linear = await runOf(shifted, { steps: 4, setTimesteps: { mu: 3 } });
    const plain = await runOf({ ...config, flow_shift: 3 }, { steps: 4 });
    expect(linear.levels).toEqual(plain.levels);
    expect(refusalOf(() => readScheduler(shifted, { steps: 4, setTimesteps: { mu: -1 } })).message).toMatch(/mu/);
    expect(readScheduler(config, { steps: 4, setTimesteps: { mu: 3 } }).ignored).toEqual(['set_timesteps mu']);
  });

  it.each<[config: Config, options: SchedulerOptions, ignored: string[]]>([
    [
      named('DEISMultistep', { solver_type: 'heun', algorithm_type: 'dpmsolver++' }),
      {},
      ['solver_type', 'algorithm_type'],
    ],
    [named('UniPCMultistep', { solver_type: 'logrho' }), {}, ['solver_type']],
    [named('DPMSolverMultistep', { solver_type: 'midpoint', algorithm_type: 'deis' }), {}, ['algorithm_type']],
    [named('DPMSolverSinglestep', { lower_order_final: false }), { steps: 5 }, ['lower_order_final']],
    [named('DPMSolverSinglestep', { timestep_spacing: 'trailing' }), {}, ['timestep_spacing']],
    [named('EulerDiscrete', { timestep_type: 'continuous' }), {}, ['timestep_type']],
    [named('FlowMatchEulerDiscrete', { time_shift_type: 'linear' }), {}, ['time_shift_type']],
    [named('LMSDiscrete', { use_karras_sigmas: true, sigma_min: 0.1 }), {}, ['sigma_min']],
    [named('HeunDiscrete', { use_karras_sigmas: true, sigma_min: 0.1 }), {}, []],
  ])('names what it replaces or leaves out: %j', (config, options, ignored) => {
    expect(readScheduler(config, options).ignored).toEqual(ignored);
  });
});

describe('more steps than training steps', () => {
  it.each([
    named('EulerDiscrete'),
    named('EulerDiscrete', { use_karras_sigmas: true }),
    named('HeunDiscrete', { use_beta_sigmas: true, timestep_spacing: 'trailing' }),
    named('DPMSolverMultistep', { use_exponential_sigmas: true }),
    named('DPMSolverSinglestep', { use_flow_sigmas: true, prediction_type: 'flow_prediction' }),
    named('UniPCMultistep', { use_flow_sigmas: true, prediction_type: 'flow_prediction' }),
    named('FlowMatchEulerDiscrete'),
    named('EDMEuler'),
    named('IPNDM'),
  ])('run where levels lie between training steps: %j', async (config) => {
    const { levels } = await runOf(config, { steps: 1200, compatible: 'diffusers' });
    expect(levels.length).toBe(1201);
    expectFalling(levels);
  });

  it.each([
    named('DDIM', { timestep_spacing: 'trailing' }),
    named('PNDM'),
    named('DDPM'),
    named('DPMSolverMultistep'),
    named('EulerDiscrete', { timestep_spacing: 'leading' }),
    named('HeunDiscrete', { timestep_spacing: 'trailing' }),
    named('DDIMInverse'),
  ])('are refused elsewhere in words of the config: %j', (config) => {
    for (const compatible of [[], 'diffusers'] as const) {
      const { code, message } = refusalOf(() => readScheduler(config, { steps: 1200, compatible }));
      expect(code).toBe('RXD_SCHEDULER_CONFIG');
      expect(message).toMatch(/steps 1200 with num_train_timesteps 1000 and timestep_spacing/);
    }
  });

  it('are not what a reading asks for by itself', () => {
    expect(readScheduler(named('DDIM', { num_train_timesteps: 20 })).request.steps).toBe(19);
    expect(readScheduler(named('CMStochasticIterative')).request.steps).toBe(39);
    expect(readScheduler(named('DDIM')).request.steps).toBe(50);
  });
});

/** Whether a reading is refused as a config; other errors are faults. */
function isRefused(config: Config, options: SchedulerOptions): boolean {
  try {
    readScheduler(config, options);
    return false;
  } catch (error) {
    if (error instanceof DiffusionError && error.code === 'RXD_SCHEDULER_CONFIG') return true;
    throw error;
  }
}

function expectFalling(levels: readonly NoiseLevel[]): void {
  const rising = levels.findIndex(({ lambda }, i) => i > 0 && !(lambda > (levels[i - 1] as NoiseLevel).lambda));
  expect(rising === -1 || (rising === levels.length - 1 && levels.at(-1)?.t === levels.at(-2)?.t)).toBe(true);
}

describe('zero terminal SNR', () => {
  const classes = Object.keys(SCHEDULER_CLASSES).filter((name) => !name.includes('Inverse'));

  it.each(classes)('has levels that fall at any number of steps, or is refused: %s', async (name) => {
    const noise = await create(philox);
    let read = 0;
    for (let run = 0; run < times(40, 400); run++) {
      const drawn = noise.uniform({ seed: run, purpose: name, step: 0 }, 8);
      const pick = <T>(at: number, choices: readonly T[]): T =>
        choices[Math.floor((drawn[at] ?? 0) * choices.length)] as T;
      const rule = pick(0, ['none', 'none', 'use_karras_sigmas', 'use_exponential_sigmas', 'use_beta_sigmas']);
      const config: Config = {
        ...{ _class_name: name, rescale_betas_zero_snr: true, clip_sample: false, [rule]: true },
        timestep_spacing: pick(1, ['linspace', 'leading', 'trailing']),
        prediction_type: pick(2, ['v_prediction', 'epsilon', 'sample']),
        beta_schedule: pick(3, ['linear', 'scaled_linear', 'squaredcos_cap_v2']),
        final_sigmas_type: pick(4, ['zero', 'sigma_min']),
        num_train_timesteps: pick(5, [1000, 1000, 100, 4000]),
      };
      const steps = pick(6, [1, 2, 3, 10, 33, 50, 100, 150, 300, 333, 600, 997, 1000, 1200]);
      const compatible = pick(7, ['diffusers', []] as const);
      if (isRefused(config, { steps, compatible })) continue;
      read++;
      expectFalling((await runOf(config, { steps, compatible })).levels);
    }
    expect(read).toBeGreaterThan(5);
  });

  it('is refused where noise would be read from nothing but noise', () => {
    const config = named('DDIM', { rescale_betas_zero_snr: true, timestep_spacing: 'trailing' });
    expect(refusalOf(() => readScheduler(config)).message).toMatch(/prediction_type epsilon/);
    expect(predictionOf({ ...config, timestep_spacing: 'leading' })).toBe('epsilon');
  });
});

describe('the time that networks are told', () => {
  const toldBy = async (config: Config, compatible: SchedulerOptions['compatible'] = 'diffusers') => {
    const { levels, parameterization } = await runOf(config, { steps: 10, compatible });
    return levels.slice(0, -1).map((level) => parameterization.at(level).time);
  };

  it('is cut off to whole training steps on the flow path by multistep solvers, where that is repeated', async () => {
    const config = named('DPMSolverMultistep', { use_flow_sigmas: true, prediction_type: 'flow_prediction' });
    expect((await toldBy(config)).slice(0, 3)).toEqual([999, 899, 799]);
    expect((await toldBy(config, []))[1]).toBeCloseTo(899.1, 6);
  });

  it('is that of the spacing with log_linear, where that is repeated', async () => {
    const config = named('EulerDiscrete', { interpolation_type: 'log_linear' });
    expect((await toldBy(config)).slice(0, 3)).toEqual([999, 888, 777]);
    expect((await toldBy(config, []))[1]).not.toBe(888);
  });
});
