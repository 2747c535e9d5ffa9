import { describe, expect, it } from 'vitest';
import { DiffusionError, readScheduler } from 'rxdiffusion';

const failure = (act: () => unknown): DiffusionError => {
  try {
    act();
  } catch (error) {
    if (error instanceof DiffusionError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};

describe('readScheduler', () => {
  it('reads a class with its own defaults', () => {
    expect(readScheduler({ _class_name: 'DDIMScheduler' })).toEqual({
      plugins: {
        schedule: { name: 'linear', config: { trainSteps: 1000, betaStart: 1e-4, betaEnd: 0.02 } },
        grid: 'leading',
        sampler: 'ddim',
        parameterization: 'epsilon',
      },
      request: { steps: 50, clip: { range: 1 } },
      ignored: [],
      compatibility: ['raw-noise'],
    });
  });

  it('repeats what it is told to repeat, and says what there is', () => {
    const config = { _class_name: 'DDIMScheduler', timestep_spacing: 'trailing', clip_sample: true };
    const right = readScheduler(config, { steps: 7 });
    expect(right.compatibility).toEqual(['previous-time', 'raw-noise']);
    expect([right.plugins.sampler, right.request.clip]).toEqual(['ddim', { range: 1 }]);
    const one = readScheduler(config, { steps: 7, compatible: ['previous-time'] });
    expect(one.plugins.sampler).toEqual({ name: 'ddim', config: { previousTime: 142 } });
    const all = readScheduler(config, { steps: 7, compatible: 'diffusers' });
    expect(all.request.clip).toEqual({ range: 1, keepNoise: true });
    expect(readScheduler(config, { steps: 10 }).compatibility).toEqual(['raw-noise']);
  });

  it('says of classes that it knows and cannot read why', () => {
    const why = (name: string) => failure(() => readScheduler({ _class_name: name })).message;
    expect(why('FlowMapEulerDiscreteScheduler')).toMatch(/told where a step ends too/);
    expect(why('RePaintScheduler')).toMatch(/ask for `inpaint`/);
    for (const name of ['SCM', 'ScoreSdeVp', 'KarrasVe', 'CogVideoXDPM', 'DDPMWuerstchen'])
      expect(why(`${name}Scheduler`)).toMatch(/known and cannot be read/);
  });

  it('reads the ancestral class of LTX on the grid of FlowMatchEulerDiscreteScheduler', () => {
    const { plugins } = readScheduler({ _class_name: 'LTXEulerAncestralRFScheduler', eta: 0.5 }, { steps: 8 });
    const plain = readScheduler({ _class_name: 'FlowMatchEulerDiscreteScheduler' }, { steps: 8 }).plugins;
    expect(plugins).toEqual({
      ...plain,
      sampler: { name: 'flow-euler-ancestral', config: { eta: 0.5, noiseScale: 1 } },
    });
  });

  it('names keys that have no effect', () => {
    const config = { _class_name: 'DDIMScheduler', _diffusers_version: '0.42.1', sample_max_value: 2, colour: 'red' };
    const { ignored } = readScheduler(config, { step: { s_noise: 1 }, setTimesteps: { mu: 2 } });
    expect(ignored).toEqual(['sample_max_value', 'colour', 'set_timesteps mu', 'step s_noise']);
  });

  it('reads text as Python writes it', () => {
    const text =
      '{"_class_name": "SASolverScheduler", "lambda_min_clipped": -Infinity, "note": "-Infinity, NaN \\" NaN"}';
    const { plugins } = readScheduler(text);
    expect(plugins.grid).toEqual({ name: 'linspace', config: { extraPoint: true, final: 'append-sigma-min' } });
    expect(failure(() => readScheduler('{"_class_name": "DDIMScheduler", "eta": Infinite}')).code).toBe(
      'RXD_FILE_CORRUPT',
    );
    expect(failure(() => readScheduler('{"beta_end": 1, "beta_end": 2}')).code).toBe('RXD_FILE_CORRUPT');
    expect(failure(() => readScheduler('')).code).toBe('RXD_FILE_CORRUPT');
  });

  it.each([
    [null, 'null'],
    [[], 'a list'],
    [{}, '_class_name undefined'],
    [{ _class_name: 'DDIMSchedular' }, "did you mean 'DDIMScheduler'?"],
    [{ _class_name: 'toString' }, '_class_name "toString"'],
    [{ _class_name: 'DDIMScheduler', beta_schedule: 'cosine' }, 'scaled_linear'],
    [{ _class_name: 'DDIMScheduler', beta_start: '0.1' }, 'a number from 0 to 1'],
    [{ _class_name: 'DDIMScheduler', num_train_timesteps: 10.5 }, 'a whole number'],
    [{ _class_name: 'DDIMScheduler', clip_sample: 'yes' }, 'true or false'],
    [{ _class_name: 'DDIMScheduler', trained_betas: [0.1, null] }, 'a list of numbers'],
    [{ _class_name: 'EulerDiscreteScheduler', use_karras_sigmas: true, use_beta_sigmas: true }, 'use_beta_sigmas'],
  ])('refuses %j', (config, words) => {
    const error = failure(() => readScheduler(config));
    expect(error.code).toBe('RXD_SCHEDULER_CONFIG');
    expect(error.message).toContain(words);
  });
});
