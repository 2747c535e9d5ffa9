import { describe, expect, it } from 'vitest';
import { catalogue, standardPlugins } from 'rxdiffusion';
import { collectSetting, collectUse, withSettings, withSlots } from '../../src/cli/slots.js';

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
    expect(() => collectUse(text)).toThrow(/--use sampler=dpmpp-2m/);
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

describe('--set', () => {
  const known = catalogue(standardPlugins);
  const recipe = {
    format: 1,
    preset: 'ddpm',
    plugins: {
      sampler: 'ddim',
      postProcessor: ['to-pixels', { name: 'png' }],
      denoiser: { name: 'mlp', config: { width: 8 } },
    },
    train: { steps: 2 },
  };
  const setTo = (...words: readonly string[]) =>
    withSettings(
      known,
      recipe,
      words.reduce<ReturnType<typeof collectSetting>>((before, word) => collectSetting(word, before), []),
    );

  it('changes keys of the recipe, of its preset, of lists and of settings, as JSON or as text', () => {
    const { plugins, train, sample } = setTo(
      ...['sampler.eta=0.5', 'schedule.trainSteps=500', 'denoiser.blocks=2', 'postProcessor.1.level=9'],
      ...['optimizer.decay=cosine', 'train.steps=7', 'sample.clip.range=1'],
    );
    expect(plugins).toMatchObject({
      sampler: { name: 'ddim', config: { eta: 0.5 } },
      schedule: { name: 'linear', config: { trainSteps: 500 } },
      denoiser: { name: 'mlp', config: { width: 8, blocks: 2 } },
      postProcessor: ['to-pixels', { name: 'png', config: { level: 9 } }],
      optimizer: { name: 'adamw', config: { learningRate: 1e-3, decay: 'cosine' } },
    });
    expect([train, sample]).toEqual([{ steps: 7 }, { clip: { range: 1 } }]);
  });

  it('replaces one element of a list', () => {
    expect(setTo('grid.levels=[1,2,3]', 'grid.levels.1=5').plugins['grid']).toEqual({
      name: 'trailing',
      config: { levels: [1, 5, 3] },
    });
  });

  it.each(['nothing.key=1', '__proto__.key=1', 'postProcessor.2.level=1', 'postProcessor.level=1'])(
    'refuses %s, which the recipe does not have',
    (word) => expect(() => setTo(word)).toThrow(/RXD_RECIPE_INVALID/),
  );

  it('sets no prototype', () => {
    expect(Object.keys((setTo('sampler.__proto__={"eta":1}').plugins['sampler'] as { config: object }).config)).toEqual(
      ['__proto__'],
    );
    expect(({} as { eta?: number }).eta).toBeUndefined();
  });

  it.each(['', 'sampler', 'sampler=1', '.eta=1', 'sampler.=1', 'sampler.eta='])('refuses the words %j', (word) => {
    expect(() => setTo(word)).toThrow(/slot.key=value/);
  });
});
