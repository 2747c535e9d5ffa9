import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import {
  diffusion,
  loadWeights,
  memoryStore,
  openWeights,
  Roles,
  saveWeights,
  type Diffusion,
  type ParameterSet,
  type Slots,
} from 'rxdiffusion';
import { nodePlugins } from 'rxdiffusion/node';
import { loraWeights } from 'rxdiffusion/diffusers';

const low = { name: 'low-rank', config: { rank: 2, targets: ['blocks.*.weight', 'output.weight'] } };

function pipelineOf(slots: Slots = {}, engine = 'tfjs-cpu'): Promise<Diffusion> {
  const plugins: Slots = {
    ...{ engine, dataset: { name: 'two-moons', config: { size: 64 } } },
    ...{ denoiser: { name: 'mlp', config: { width: 8, blocks: 1 } }, store: 'memory', 'adapter:style': low },
    ...slots,
  };
  const recipe = { format: 1, preset: 'ddpm', plugins, train: { batchSize: 8, seed: 3, steps: 6 } };
  return diffusion(recipe, { plugins: nodePlugins });
}

const numbersOf = (parameters: ParameterSet = {}): readonly number[] =>
  Object.keys(parameters)
    .toSorted()
    .flatMap((name) => [...(parameters[name] as tf.Tensor).dataSync()]);
const ALL = ['blocks.0.linear_1', 'blocks.0.embedding', 'blocks.0.linear_2', 'output'];
const request = { steps: 3, seed: 2 };

describe('training with an adapter', () => {
  it('changes its weights alone, which are all that its result and its checkpoints hold', async () => {
    await using pipeline = await pipelineOf();
    const { assembly } = pipeline;
    const base = numbersOf(assembly.get(Roles.denoiser).parameters);
    using trained = await pipeline.train();
    expect(Object.keys(trained.parametersBySlot)).toEqual(['adapter:style']);
    expect(trained.parameters).toEqual({});
    const own = assembly.get(Roles.adapter, 'style').parameters;
    expect(Object.keys(trained.parametersBySlot['adapter:style'] ?? {})).toEqual(Object.keys(own));
    expect(numbersOf(trained.parametersBySlot['adapter:style'])).not.toEqual(numbersOf(own));
    expect(numbersOf(assembly.get(Roles.denoiser).parameters)).toEqual(base);
    const store = assembly.get(Roles.store);
    const [name = ''] = await store.list();
    await using weights = await openWeights(await store.read(name));
    expect(Object.keys(weights.tensors).every((one) => one.startsWith('adapter:style::'))).toBe(true);
    using loaded = await loadWeights(weights, assembly);
    using plain = await pipeline.sample(request);
    using a = await pipeline.sample({ ...request, parameters: trained.parametersBySlot });
    using b = await pipeline.sample({ ...request, parameters: loaded.parametersBySlot });
    expect([...a.x.dataSync()]).toEqual([...b.x.dataSync()]);
    expect([...a.x.dataSync()]).not.toEqual([...plain.x.dataSync()]);
  });

  it('goes on exactly where it was', async () => {
    await using one = await pipelineOf();
    using whole = await one.train();
    await using other = await pipelineOf();
    (await other.train({ steps: 3 })).dispose();
    using resumed = await other.train({ resume: true });
    expect(numbersOf(resumed.parametersBySlot['adapter:style'])).toEqual(
      numbersOf(whole.parametersBySlot['adapter:style']),
    );
    expect([resumed.step, resumed.loss]).toEqual([6, whole.loss]);
  });

  it('reads frozen adapters and weights that are given, and leaves them', async () => {
    const fixed = { name: 'low-rank', config: { rank: 1, frozen: true } };
    await using pipeline = await pipelineOf({ 'adapter:fixed': fixed });
    const { parameters } = pipeline.assembly.get(Roles.adapter, 'fixed');
    const given = Object.fromEntries(
      Object.entries(parameters).map(([name, { shape }], i) => [
        name,
        tf.randomNormal([...shape], 0, 0.3, 'float32', i),
      ]),
    );
    using own = await pipeline.train({ steps: 1, run: 'a' });
    using other = await pipeline.train({ steps: 1, run: 'b', parameters: { 'adapter:fixed': given } });
    expect(other.loss).not.toBe(own.loss);
    expect(Object.keys(other.parametersBySlot)).toEqual(['adapter:style']);
    const base = pipeline.assembly.get(Roles.denoiser).parameters;
    const zeros = Object.fromEntries(Object.entries(base).map(([name, one]) => [name, tf.zerosLike(one)]));
    using none = await pipeline.train({ steps: 1, run: 'c', parameters: { denoiser: zeros } });
    expect(none.loss).not.toBe(own.loss);
    tf.dispose([given, zeros]);
  });

  it('trains the network where all adapters are frozen', async () => {
    await using pipeline = await pipelineOf({ 'adapter:style': { ...low, config: { ...low.config, frozen: true } } });
    using trained = await pipeline.train({ steps: 1 });
    expect(Object.keys(trained.parametersBySlot)).toEqual(['denoiser']);
  });

  it.each(['tfjs-wasm', 'onnxruntime'])('gives the same on %s', async (engine) => {
    await using here = await pipelineOf();
    using expected = await here.train({ steps: 3 });
    await using there = await pipelineOf({}, engine);
    using trained = await there.train({ steps: 3 });
    const own = trained.parametersBySlot['adapter:style'] ?? {};
    const got: number[] = [];
    for (const name of Object.keys(own).toSorted()) got.push(...(await (own[name] as tf.Tensor).data()));
    numbersOf(expected.parametersBySlot['adapter:style']).forEach((value, i) => expect(got[i]).toBeCloseTo(value, 4));
  });

  it('becomes a file in the names of peft, with alpha / rank in it', async () => {
    const config = { ...low.config, alpha: 6 };
    await using pipeline = await pipelineOf({ 'adapter:style': { ...low, config } });
    using trained = await pipeline.train({ steps: 2 });
    const weights = loraWeights(pipeline.assembly, { parameters: trained.parametersBySlot });
    expect(Object.keys(weights.tensors)).toEqual(
      ALL.flatMap((name) => [`transformer.${name}.lora_A.weight`, `transformer.${name}.lora_B.weight`]),
    );
    const up = trained.parametersBySlot['adapter:style']?.['output.weight.lora_up'] as tf.Tensor;
    const stored = await weights.tensors['transformer.output.lora_B.weight']?.read();
    const transposed = tf.tidy(() => [...tf.mul(3, tf.transpose(up)).dataSync()]);
    expect([...(stored?.data ?? [])]).toEqual(transposed);
    const store = memoryStore();
    await saveWeights(store, 'style.safetensors', weights);
    expect(() => loraWeights(pipeline.assembly, { slots: ['adapter:none'] })).toThrow(/RXD_REQUEST_INVALID/);
  });
});
