import * as tf from '@tensorflow/tfjs';
import { BehaviorSubject, lastValueFrom, tap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { diffusion, Roles, standardPlugins, type Adapter, type ParameterSet } from 'rxdiffusion';
import { adapterLaws } from 'rxdiffusion/testing';

const plugins = standardPlugins;
const low = { name: 'low-rank', config: { rank: 2, targets: ['blocks.*.weight', 'output.weight'] } };
const recipe = (adapters: object = { adapter: low }) => ({
  format: 1,
  preset: 'flow',
  plugins: { engine: 'tfjs-cpu', denoiser: { name: 'mlp', config: { width: 8, blocks: 1 } }, ...adapters },
});
const request = { steps: 4, count: 2, seed: 3 };

/** Weights of an adapter of which none is zero, as if it were trained. The caller owns them. */
const trainedOf = ({ parameters }: Adapter): ParameterSet =>
  Object.fromEntries(
    Object.entries(parameters).map(([name, { shape }], i) => [name, tf.randomNormal([...shape], 0, 0.3, 'float32', i)]),
  );

describe('low-rank', () => {
  it('keeps the laws', async () => {
    await using pipeline = await diffusion(recipe(), { plugins });
    const adapter = pipeline.assembly.get(Roles.adapter);
    adapterLaws(adapter, pipeline.assembly.get(Roles.denoiser).parameters);
  });

  it('keeps the laws over the convolutions of unet2d', async () => {
    const unet = {
      name: 'unet2d',
      config: {
        sample_size: 8,
        in_channels: 1,
        out_channels: 1,
        norm_num_groups: 2,
        block_out_channels: [4],
        down_block_types: ['DownBlock2D'],
        up_block_types: ['UpBlock2D'],
        layers_per_block: 1,
        add_attention: false,
      },
    };
    await using pipeline = await diffusion(recipe({ denoiser: unet, adapter: 'low-rank' }), { plugins });
    const adapter = pipeline.assembly.get(Roles.adapter);
    adapterLaws(adapter, pipeline.assembly.get(Roles.denoiser).parameters);
    expect(adapter.layout?.('conv_in.weight.lora_down')).toBe('conv2d');
    expect(adapter.parameters['conv_in.weight.lora_up']?.shape).toEqual([1, 1, 4, 4]);
  });

  it('is W + scale * alpha / rank * down up', async () => {
    await using pipeline = await diffusion(recipe(), { plugins });
    const [adapter, { parameters: base }] = [
      pipeline.assembly.get(Roles.adapter),
      pipeline.assembly.get(Roles.denoiser),
    ];
    const own = trainedOf(adapter);
    const name = 'output.weight';
    tf.tidy(() => {
      const weight = adapter.apply(base, own, tf.scalar(0.5))[name] as tf.Tensor;
      const delta = tf.matMul(own[`${name}.lora_down`] as tf.Tensor2D, own[`${name}.lora_up`] as tf.Tensor2D);
      const far = tf.max(tf.abs(tf.sub(weight, tf.add(base[name] as tf.Tensor, tf.mul(0.5, delta)))));
      expect(far.dataSync()[0]).toBeLessThan(1e-6);
    });
    tf.dispose(Object.values(own));
  });

  it.each([
    { what: 'a target that names nothing', adapter: { name: 'low-rank', config: { targets: ['heads.*'] } } },
    { what: 'a slot without a network', adapter: { name: 'low-rank', config: { slot: 'denoiser:none' } } },
    { what: 'a slot of another role', adapter: { name: 'low-rank', config: { slot: 'sampler' } } },
  ])('refuses $what', async ({ adapter }) => {
    await expect(diffusion(recipe({ adapter }), { plugins })).rejects.toMatchObject({ code: 'RXD_COMBINATION' });
  });
});

describe('a pipeline with adapters', () => {
  it('samples as without one where it was not trained', async () => {
    await using plain = await diffusion(recipe({}), { plugins });
    await using adapted = await diffusion(recipe(), { plugins });
    using a = await plain.sample(request);
    using b = await adapted.sample(request);
    expect([...b.x.dataSync()]).toEqual([...a.x.dataSync()]);
  });

  it('applies several in order, takes their weights by slot, and follows a live scale', async () => {
    await using pipeline = await diffusion(recipe({ adapter: low, 'adapter:style': low }), { plugins });
    const own = trainedOf(pipeline.assembly.get(Roles.adapter, 'style'));
    const parameters = { 'adapter:style': own };
    using plain = await pipeline.sample(request);
    using styled = await pipeline.sample({ ...request, parameters });
    expect([...styled.x.dataSync()]).not.toEqual([...plain.x.dataSync()]);
    const before = tf.memory().numTensors;
    const scale$ = new BehaviorSubject(0);
    const events$ = pipeline.sample.events({ ...request, parameters, live: { 'adapter:style.scale': scale$ } });
    const [live, ends]: [unknown[], number[][]] = [[], []];
    await lastValueFrom(
      events$.pipe(
        tap((event) => event.kind === 'step' && live.push(event.live['adapter:style.scale'])),
        tap((event) => event.kind === 'step' && event.index === 2 && scale$.next(0.5)),
        tap((event) => event.kind === 'end' && ends.push([...event.x.dataSync()])),
      ),
    );
    expect(live).toEqual([0, 0, 0, 0.5]);
    expect(ends[0]).not.toEqual([...plain.x.dataSync()]);
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose(Object.values(own));
  });

  it('at a live scale of 0 is the network itself', async () => {
    await using pipeline = await diffusion(recipe({ 'adapter:style': low }), { plugins });
    const own = trainedOf(pipeline.assembly.get(Roles.adapter, 'style'));
    using plain = await pipeline.sample(request);
    using none = await pipeline.sample({
      ...request,
      parameters: { 'adapter:style': own },
      live: { 'adapter:style.scale': new BehaviorSubject(0) },
    });
    expect([...none.x.dataSync()]).toEqual([...plain.x.dataSync()]);
    tf.dispose(Object.values(own));
  });

  it('refuses scales that are none, and weights that do not fit', async () => {
    await using pipeline = await diffusion(recipe(), { plugins });
    const live = { 'adapter.scale': new BehaviorSubject('much') };
    await expect(pipeline.sample({ ...request, live })).rejects.toMatchObject({ code: 'RXD_REQUEST_INVALID' });
    const parameters = { adapter: { wrong: tf.scalar(0) } };
    await expect(pipeline.sample({ ...request, parameters })).rejects.toMatchObject({
      code: 'RXD_PARAMETERS_MISMATCH',
    });
    parameters.adapter.wrong.dispose();
  });
});
