import { lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { diffusion, pixels, standardPlugins, type Diffusion } from 'rxdiffusion';

const unet = {
  name: 'unet2d',
  config: {
    sample_size: 4,
    in_channels: 1,
    out_channels: 1,
    block_out_channels: [4, 4],
    norm_num_groups: 2,
    layers_per_block: 1,
    down_block_types: ['DownBlock2D', 'AttnDownBlock2D'],
    up_block_types: ['AttnUpBlock2D', 'UpBlock2D'],
    attention_head_dim: null,
  },
};
const pipelineOf = (denoiser: object, options: object = {}): Promise<Diffusion> =>
  diffusion(
    { format: 1, preset: 'flow', plugins: { engine: 'tfjs-cpu', denoiser } },
    { plugins: standardPlugins, ...options },
  );
const ask = { steps: 2, seed: 1 };
const refused = (expected: string): object => ({
  code: 'RXD_REQUEST_INVALID',
  message: expect.stringContaining(expected) as string,
});

describe('height and width of a request', () => {
  it('are those of the samples, of events and of pictures', async () => {
    await using pipeline = await pipelineOf(unet);
    using result = await pipeline.sample({ ...ask, height: 6, width: 2, count: 2 });
    expect(result.x.shape).toEqual([2, 6, 2, 1]);
    expect(result.images().shape).toEqual([2, 6, 2, 1]);
    const events = await lastValueFrom(pipeline.sample.events({ ...ask, width: 8 }).pipe(pixels(), toArray()));
    expect(events.map(({ images }) => images.shape)).toEqual(events.map(() => [1, 4, 8, 1]));
    using own = await pipeline.sample(ask);
    expect(own.x.shape).toEqual([1, 4, 4, 1]);
  });

  it('are those of what a run starts from and keeps', async () => {
    await using pipeline = await pipelineOf(unet);
    const size = { height: 2, width: 6 };
    const data = Float32Array.from({ length: 12 }, (_, i) => i / 12);
    const inpaint = { data, mask: new Float32Array(12).fill(1, 6) };
    using kept = await pipeline.sample({ ...ask, ...size, inpaint });
    expect([...kept.x.dataSync().subarray(0, 6)]).toEqual([...data.subarray(0, 6)]);
    using begun = await pipeline.sample({ ...ask, ...size, startFrom: { data, strength: 0.5 } });
    expect(begun.x.shape).toEqual([1, 2, 6, 1]);
    await expect(pipeline.sample({ ...ask, startFrom: { data, strength: 0.5 } })).rejects.toMatchObject(
      refused('[4, 4, 1]'),
    );
  });

  it('keep requests of other sizes out of a batch', async () => {
    await using pipeline = await pipelineOf(unet);
    const sizes = [{}, { height: 8 }, { height: 4, width: 4 }, { height: 8, width: 4 }];
    const samples = await Promise.all(sizes.map((size) => pipeline.sample({ ...ask, ...size })));
    const alone = await pipeline.sample({ ...ask, height: 8 });
    expect(samples.map(({ x }) => x.shape[1])).toEqual([4, 8, 4, 8]);
    const [own, tall] = [samples[2]?.x.dataSync() ?? [], samples[3]?.x.dataSync() ?? []];
    const first = samples[0]?.x.dataSync() ?? [];
    expect(Math.max(...[...own].map((value, i) => Math.abs(value - (first[i] ?? Number.NaN))))).toBeLessThan(1e-6);
    const single = alone.x.dataSync();
    expect(Math.max(...[...tall].map((value, i) => Math.abs(value - (single[i] ?? Number.NaN))))).toBeLessThan(1e-5);
    for (const result of [...samples, alone]) result.dispose();
  });

  it('are refused where the network does not take them, with those that it takes', async () => {
    await using pipeline = await pipelineOf(unet);
    await expect(pipeline.sample({ ...ask, height: 5 })).rejects.toMatchObject(refused('multiples of 2'));
    await expect(pipeline.sample({ ...ask, height: 2.5 })).rejects.toMatchObject({ code: 'RXD_REQUEST_INVALID' });
    await using points = await pipelineOf({ name: 'mlp', config: { width: 8 } });
    await expect(points.sample({ ...ask, height: 4 })).rejects.toMatchObject(refused('samples [2]'));
  });

  it('count in the memory that a run needs', async () => {
    await using pipeline = await pipelineOf(unet, { memoryLimit: 4 });
    using small = await pipeline.sample(ask);
    expect(small.x.shape).toEqual([1, 4, 4, 1]);
    await expect(pipeline.sample({ ...ask, height: 512, width: 512 })).rejects.toMatchObject({
      code: 'RXD_MEMORY_LIMIT',
    });
  });
});
