import * as tf from '@tensorflow/tfjs';
import { BehaviorSubject, lastValueFrom, Subject, tap, type Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { diffusion, loadWeights, memoryStore, openWeights, Roles, saveWeights, slotWeights } from 'rxdiffusion';
import type { Adapter, Diffusion, ParameterSet, SampleEvent, SampleOptions, Swap } from 'rxdiffusion';
import { nodePlugins } from 'rxdiffusion/node';

const unet = {
  ...{ sample_size: 8, in_channels: 1, out_channels: 1, block_out_channels: [8, 8], layers_per_block: 1 },
  ...{ down_block_types: ['DownBlock2D', 'AttnDownBlock2D'], up_block_types: ['AttnUpBlock2D', 'UpBlock2D'] },
  ...{ norm_num_groups: 4, attention_head_dim: 4 },
};
const request = { steps: 4, count: 2, seed: 3 };

function pipelineOn(engine: string): Promise<Diffusion> {
  const low = { name: 'low-rank', config: { rank: 2 } };
  const plugins = { engine, denoiser: { name: 'unet2d', config: unet }, adapter: low, 'adapter:style': low };
  return diffusion({ format: 1, preset: 'flow', plugins }, { plugins: nodePlugins });
}

/** Weights as if they were trained, of the pipeline's engine. The caller owns them. */
function trainedOf({ assembly }: Diffusion, label?: string): ParameterSet {
  const { parameters } = assembly.get(Roles.adapter, label);
  return assembly.get(Roles.engine).run(() =>
    Object.fromEntries(
      Object.entries(parameters).map(([name, { shape, size }], seed) => {
        const numbers = Float32Array.from({ length: size }, (_, i) => 0.2 * Math.sin(i * 7 + seed));
        return [name, tf.tensor(numbers, [...shape])] as const;
      }),
    ),
  );
}

const numbersOf = async ({ sample }: Diffusion, ask: SampleOptions): Promise<readonly number[]> => {
  using result = await sample({ ...request, ...ask });
  return [...(await result.x.data())];
};

/** The end of a run, of which each step is told. */
async function steered(events$: Observable<SampleEvent>, at: (index: number) => void): Promise<readonly number[]> {
  let end: readonly number[] = [];
  await lastValueFrom(
    events$.pipe(
      tap((event) => event.kind === 'step' && at(event.index)),
      tap((event) => event.kind === 'end' && (end = [...event.x.dataSync()])),
    ),
  );
  return end;
}

/** What adapters do to samples, in every way in which they can be changed. */
async function samplesOn(engine: string) {
  await using pipeline = await pipelineOn(engine);
  const { assembly, sample } = pipeline;
  const style = trainedOf(pipeline, 'style');
  const before = tf.memory().numTensors;
  const store = memoryStore();
  await saveWeights(store, 'style.safetensors', slotWeights(assembly, 'adapter:style', style));
  await using weights = await openWeights(await store.read('style.safetensors'));
  const loaded = await loadWeights(weights, assembly, 'adapter:style');
  const { parametersBySlot: parameters } = loaded;
  const scale$ = new BehaviorSubject(0);
  const swap$ = new Subject<Swap>();
  const half: Adapter = { ...assembly.get(Roles.adapter, 'style'), scale: 0.5, parameters: style };
  const found = {
    plain: await numbersOf(pipeline, {}),
    given: await numbersOf(pipeline, { parameters: { 'adapter:style': style } }),
    loaded: await numbersOf(pipeline, { parameters }),
    live: await steered(
      sample.events({ ...request, parameters, live: { 'adapter:style.scale': scale$ } }),
      (index) => index === 1 && scale$.next(0.5),
    ),
    swapped: await steered(
      sample.events({ ...request, swap$ }),
      (index) => index === 1 && swap$.next({ 'adapter:style': half }),
    ),
  };
  loaded.dispose();
  expect({ engine, left: tf.memory().numTensors - before }).toEqual({ engine, left: 0 });
  tf.dispose(style);
  return found;
}

describe('adapters', () => {
  it('do the same on every engine: weights given or of a file, a live scale, a swap', async () => {
    const expected = await samplesOn('tfjs-cpu');
    const gap = (a: readonly number[], b: readonly number[]): number =>
      Math.max(...a.map((value, i) => Math.abs(value - (b[i] ?? Number.NaN))));
    expect(gap(expected.given, expected.plain)).toBeGreaterThan(0.01);
    expect(expected.loaded).toEqual(expected.given);
    // Up to the step of the change nothing is adapted, from there on by a half: the same run, whoever says so.
    expect(gap(expected.swapped, expected.live)).toBeLessThan(1e-6);
    for (const engine of ['tfjs-wasm', 'onnxruntime']) {
      const found = await samplesOn(engine);
      const gaps = Object.entries(expected).map(([way, numbers]) => [way, gap(found[way as 'live'], numbers)] as const);
      console.log(`adapters on ${engine}: ${gaps.map(([way, far]) => `${way} ${far.toExponential(1)}`).join(', ')}`);
      for (const [way, far] of gaps) expect({ way, near: far < 1e-4 }).toEqual({ way, near: true });
    }
  });
});
