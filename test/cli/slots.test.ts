import { describe, expect, it } from 'vitest';
import { collectUse, samplingOnly, withSlots } from '../../src/cli/slots.js';

describe('collectUse', () => {
  it('reads a name, a use with its config, and a list', () => {
    expect(collectUse('sampler=heun')).toEqual({ sampler: 'heun' });
    expect(collectUse('guidance={"name":"cfg","config":{"scale":2}}')).toEqual({
      guidance: { name: 'cfg', config: { scale: 2 } },
    });
    expect(collectUse('postProcessor=["to-pixels"]')).toEqual({ postProcessor: ['to-pixels'] });
  });

  it('collects, and the last word of a slot counts', () => {
    const words = ['sampler=heun', 'grid=karras', 'sampler=euler'];
    const slots = words.reduce<ReturnType<typeof collectUse>>((before, word) => collectUse(word, before), {});
    expect(slots).toEqual({ sampler: 'euler', grid: 'karras' });
  });

  it('takes what stands behind the first = as it is', () => {
    expect(collectUse('sampler={"name":"a=b"}')).toEqual({ sampler: { name: 'a=b' } });
  });

  it.each(['', 'sampler', '=heun', 'sampler=', 'sampler={', 'sampler=[}'])('refuses %j with an example', (text) => {
    expect(() => collectUse(text)).toThrow(/RXD_RECIPE_INVALID[^]*--use sampler=dpmpp-2m/);
  });
});

describe('withSlots', () => {
  const recipe = { format: 1, preset: 'ddpm', plugins: { sampler: 'ddim', grid: 'karras' }, train: { steps: 2 } };

  it('fills slots otherwise and leaves the rest', () => {
    expect(withSlots(recipe, { sampler: 'heun', store: 'memory' })).toEqual({
      ...recipe,
      plugins: { sampler: 'heun', grid: 'karras', store: 'memory' },
    });
  });

  it('refuses what is no recipe', () => {
    expect(() => withSlots([], {})).toThrow(/RXD_RECIPE_INVALID/);
  });
});

describe('samplingOnly', () => {
  it('leaves out data, folders and all that only training needs, labelled slots too', () => {
    const plugins = {
      denoiser: 'mlp',
      'denoiser:weak': 'mlp',
      sampler: 'ddim',
      dataset: 'digits',
      'dataset:more': 'digits',
      optimizer: 'adam',
      objective: 'denoising-score-matching',
      timestepSampler: 'uniform',
      average: 'ema',
      store: 'memory',
      observer: ['progress'],
    };
    const { plugins: kept, ...rest } = samplingOnly({ format: 1, plugins, train: { steps: 1 }, sample: { steps: 2 } });
    expect(Object.keys(kept)).toEqual(['denoiser', 'denoiser:weak', 'sampler']);
    expect(rest).toEqual({ format: 1, sample: { steps: 2 } });
  });
});
