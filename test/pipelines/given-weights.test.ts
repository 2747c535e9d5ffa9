import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { diffusion, openWeights, standardPlugins, type Diffusion, type DiffusionOptions } from 'rxdiffusion';
import { saveWeights, memoryStore, Roles, type ReadableTensors } from 'rxdiffusion';

const recipe = {
  format: 1,
  plugins: {
    engine: 'tfjs-cpu',
    noise: 'philox',
    denoiser: { name: 'mlp', config: { dimensions: 2, width: 8, blocks: 1, seed: 1 } },
    schedule: 'cosine',
    grid: 'trailing',
    parameterization: 'v',
    sampler: 'ddim',
    dataset: 'two-moons',
    objective: 'denoising-score-matching',
    optimizer: 'adamw',
    timestepSampler: 'uniform',
  },
  sample: { steps: 2 },
};

const made = (weights?: DiffusionOptions['weights']): Promise<Diffusion> =>
  diffusion(recipe, { plugins: standardPlugins, ...(weights ? { weights } : {}) });

/** Weights of a short run, as a file has them. */
async function trained(): Promise<ReadableTensors> {
  await using pipeline = await made();
  using result = await pipeline.train({ steps: 2, batchSize: 4 });
  const store = memoryStore();
  await saveWeights(store, 'model.safetensors', result.weights());
  return (await openWeights(await store.read('model.safetensors'))).tensors;
}

describe('weights that a pipeline is given', () => {
  it('are those that its network has from the first, in the place of initial ones', async () => {
    const tensors = await trained();
    await using pipeline = await made({ denoiser: tensors });
    const { parameters } = pipeline.assembly.get(Roles.denoiser);
    for (const [name, tensor] of Object.entries(tensors)) {
      const { data } = await tensor.read(tensor.shape.length === 2 ? [1, 0] : undefined);
      const isLinear = pipeline.assembly.get(Roles.denoiser).layout?.(name) === 'linear';
      const expected = isLinear ? data : (await tensor.read()).data;
      expect(parameters[name]?.dataSync()).toEqual(expected);
    }
    await using fresh = await made();
    const given = { parameters };
    using one = await pipeline.sample({ count: 2, seed: 3 });
    using other = await fresh.sample({ ...given, count: 2, seed: 3 });
    expect(one.x.dataSync()).toEqual(other.x.dataSync());
  });

  it('are refused where they are of another network, and nothing is left', async () => {
    const some = Object.fromEntries(Object.entries(await trained()).slice(1));
    const before = tf.memory().numTensors;
    await expect(made({ denoiser: some })).rejects.toMatchObject({ code: 'RXD_PARAMETERS_MISMATCH' });
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each([
    ['a slot that the recipe does not have', { 'denoiser:weak': {} }, 'RXD_REQUEST_INVALID', /denoiser:weak/],
    ['a plugin that takes none', { sampler: {} }, 'RXD_PARAMETERS_MISMATCH', /sampler\/ddim.*takes none/],
  ])('are refused for %s', async (_, weights, code, said) => {
    await expect(made(weights)).rejects.toMatchObject({ code, message: expect.stringMatching(said) });
  });
});
