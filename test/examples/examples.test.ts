import { readFileSync } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastValueFrom, Subject, tap, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { assemble, catalogue, diffusion, loadDigits, Roles, standardPlugins } from 'rxdiffusion';
import type { FitData, FloatImages } from 'rxdiffusion';
import { resizeImages } from 'rxdiffusion/images';
import { nodePlugins, workerDevices } from 'rxdiffusion/node';
import { codecLaws } from 'rxdiffusion/testing';
import { captions } from '../../examples/captions/captions.js';
import { cascade, cascadeRecipe } from '../../examples/cascade-by-hand.js';
import { composedRecipe, corners, shareInCorner } from '../../examples/composed-conditions.js';
import { filmPlugins, filmRecipe, films } from '../../examples/film.js';
import { textToImage } from '../../examples/text-to-image.js';
import { hotSwap, hotSwapRecipe } from '../../examples/hot-swap.js';
import { withKnownX } from '../../examples/inpaint.js';
import { digitsCodec, drawn, latentDigits, latentDigitsRecipe } from '../../examples/latent-digits.js';
import { shareOfAsked, trainedCodec } from '../../examples/latent-digits.js';
import { liveAdapter, liveAdapterRecipe } from '../../examples/live-adapter.js';
import { liveLora } from '../../examples/live-lora.js';
import { liveGuidance, liveGuidanceRecipe } from '../../examples/live-guidance.js';
import { observed } from '../../examples/many-observers.js';
import { inParallel, parallelRecipe } from '../../examples/parallel.js';
import { digitsAt, perturbedAttentionRecipe } from '../../examples/perturbed-attention.js';
import { recipeOf, SCHEDULER_CONFIG } from '../../examples/scheduler-config.js';
import { stopEarlyRecipe, untilStopped } from '../../examples/stop-early.js';
import { laws as adapterLaws } from '../../examples/third-party-adapter/laws.js';
import { laws as thirdCodecLaws } from '../../examples/third-party-codec/laws.js';
import { laws as conditionerLaws } from '../../examples/third-party-conditioner/laws.js';
import { laws as guidanceLaws } from '../../examples/third-party-guidance/laws.js';
import { laws } from '../../examples/third-party-sampler/laws.js';
import { comparison } from '../../examples/third-party-sampler/use.js';
import { trainByHand, trainByHandRecipe } from '../../examples/train-by-hand.js';
import { densityPicture, meanDistance, twoMoons, twoMoonsRecipe } from '../../examples/two-moons.js';
import { largestDifference, together, twoWorkersRecipe } from '../../examples/two-workers.js';
import { superResolution } from '../../examples/super-resolution.js';
import { sampledFrom, trainedWeights } from '../../examples/weights-file.js';
import { full, times } from '../effort.js';
import { withoutComments } from '../house/source-files.js';

const engine = 'tfjs-cpu';
const plugins = standardPlugins;

describe('two moons', () => {
  it('learns where the points are', async () => {
    const settings = {
      engine,
      width: times(24, 32),
      batchSize: times(32, 64),
      steps: times(6, 8),
      count: times(64, 128),
    };
    const learned = meanDistance(await twoMoons({ ...settings, updates: times(40, 120) }));
    expect(learned).toBeLessThan(meanDistance(await twoMoons({ ...settings, updates: 2 })));
  });

  it('draws points where they are', () => {
    expect(densityPicture([[0, 0]], 3, 3)).toBe('   \n @ \n   ');
  });
});

describe('super-resolution', () => {
  it('makes large images of the small ones that were asked for', async () => {
    const settings = {
      engine: 'auto',
      channels: [8, times(8, 16)],
      updates: times(60, 400),
      steps: times(4, 20),
    } as const;
    const { own, other } = await superResolution(settings);
    expect(own).toBeLessThan(times(0.8, 0.5) * other);
  });
});

describe('captions', () => {
  it('samples follow one prompt, a negative one beside it, and two at once', async () => {
    const size = { width: times(64, 128), updates: times(250, 2000), steps: times(5, 30), count: times(3, 10) };
    const { caption, negative, composed } = await captions({ engine: 'auto', ...size });
    console.log(
      `captions: ${caption} follow one prompt, ${negative} with a negative one, ${composed} follow two at once`,
    );
    // A guess is right once in ten for the digit, once in twenty for the digit and its ground.
    expect(caption).toBeGreaterThanOrEqual(times(0.2, 0.95));
    expect(negative).toBeGreaterThanOrEqual(times(0.1, 0.8));
    expect(composed).toBeGreaterThanOrEqual(times(0.1, 0.9));
  });
});

describe('a file of weights', () => {
  it('is what sampling needs, in less than a third of the checkpoint', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'weights-file-'));
    const settings = { engine, width: 32, updates: 5, batchSize: 16, steps: 4, count: 8, folder };
    const path = await trainedWeights({ ...settings, dtype: 'float16' });
    expect((await sampledFrom(path)).every(Number.isFinite)).toBe(true);
    const checkpoint = (await stat(join(folder, 'checkpoint-00000005.safetensors'))).size;
    expect((await stat(path)).size).toBeLessThan(checkpoint / 3);
    await rm(folder, { recursive: true });
  });
});

describe('latent diffusion on digits', () => {
  it('trains a codec and a network, and shows pixels', async () => {
    const weights = await trainedCodec(times(3, 100));
    expect(weights.error).toBeLessThan(times(0.9, 0.3));
    const size = { updates: times(2, 250), channels: times(8, 16), steps: times(2, 8) };
    const recipe = latentDigitsRecipe({ engine: full ? 'auto' : engine, ...size });
    await using pipeline = await diffusion(recipe, { plugins: [...plugins, digitsCodec(weights)] });
    codecLaws(pipeline.assembly.get(Roles.codec), { images: (await loadDigits()).data.slice(0, 3 * 64), error: 1 });
    using trained = await pipeline.train();
    const share = await shareOfAsked(pipeline, trained.parameters, times(1, 10));
    console.log(`latent digits: ${share} are read as the digit that was asked for`);
    expect(share).toBeGreaterThanOrEqual(times(0, 0.95));
    const { latents, images, previews, halves } = await latentDigits(pipeline, trained.parameters, 2);
    expect(latents).toEqual([2, 4, 4, 2]);
    expect([images, ...previews, halves].map(({ shape }) => shape.join())).toEqual(['2,8,8,1', '1,8,8,1', '2,8,8,1']);
    const left = ({ data }: FloatImages): Float32Array => data.filter((_, at) => at % 8 < 4);
    expect(left(halves)).toEqual(left(images));
    expect(halves.data).not.toEqual(images.data);
    expect(drawn(images).split('\n')).toHaveLength(8);
  }, 240_000);
});

describe('the third-party sampler', () => {
  it.each(laws)('$law', async ({ check }) => {
    await expect(check()).resolves.toBeUndefined();
  });

  it('is nearer to the exact solution than euler at the same price', async () => {
    const errors = await comparison({
      engine,
      width: 8,
      updates: times(5, 20),
      steps: [times(10, 20)],
      exactSteps: times(60, 200),
    });
    expect(errors.ab2[0]).toBeLessThan(errors.euler[0] ?? 0);
  });
});

describe.each([
  ['conditioner', conditionerLaws],
  ['codec', thirdCodecLaws],
  ['guidance', guidanceLaws],
  ['adapter', adapterLaws],
])('the third-party %s', (_, ofRole) => {
  // Those of whole runs are the last six: `npm run check` tries them all, from the tarball too.
  it.each(ofRole.slice(0, times(ofRole.length - 5, ofRole.length)))('$law', async ({ check }) => {
    await expect(check()).resolves.toBeUndefined();
  });
});

describe('the scheduler config', () => {
  it('is read into a recipe that samples', async () => {
    const { recipe, notes } = recipeOf(SCHEDULER_CONFIG, engine, { steps: 5 });
    expect(notes.ignored).toEqual(['sigma_min']);
    expect(notes.compatibility).toContain('third-order-factor');
    await using pipeline = await diffusion(recipe, { plugins });
    using result = await pipeline.sample({ count: 3 });
    expect(result.x.shape).toEqual([3, 2]);
  });
});

describe('the live adapter', () => {
  it('draws samples further apart the more it is turned up', async () => {
    await using pipeline = await diffusion(liveAdapterRecipe(engine), { plugins });
    const { scales, moved } = await liveAdapter(pipeline, 4);
    expect(scales).toEqual([0, 0.25, 0.5, 0.75]);
    expect(moved).toBeGreaterThan(0);
  });
});

describe('films', () => {
  it('are trained, sampled and shown, a frame an image', async () => {
    await using pipeline = await diffusion(filmRecipe(engine), { plugins: [...plugins, ...filmPlugins] });
    const { shape, frames, distance, shown } = await films(pipeline, times(120, 400), 16);
    expect([shape, frames]).toEqual([
      [16, 4, 4, 4, 1],
      [64, 4, 4, 1],
    ]);
    expect(distance).toBeLessThan(0.5);
    expect(shown).toMatchObject({ kind: 'files', files: [{ mediaType: 'image/png' }] });
  });
});

describe('training by hand', () => {
  it('trains, and keeps what it is told to', async () => {
    await using assembly = await assemble(catalogue(plugins), trainByHandRecipe(engine, 8));
    const kept: FitData[] = [];
    const events$ = trainByHand(assembly, { steps: 5, every: 2, keep: (data) => kept.push(data) });
    const events = await lastValueFrom(events$.pipe(toArray()));
    expect(events.filter(({ kind }) => kind === 'step')).toHaveLength(5);
    expect(kept.map(({ step }) => step)).toEqual([2, 4, 5]);
  });
});

describe('two workers', () => {
  it('train what one trains, and stay together', async () => {
    await using one = await diffusion(twoWorkersRecipe(engine, 16), { plugins });
    await using other = await diffusion(twoWorkersRecipe(engine, 16), { plugins });
    const course = { steps: times(8, 20), batchSize: 16 };
    using whole = await one.train(course);
    const [first, second] = await together([one, other], course);
    expect(await largestDifference(first!, second!)).toBe(0);
    const apart = await largestDifference(whole, first!);
    console.log(`two workers: ${apart} from one after ${course.steps} updates`);
    expect(apart).toBeLessThan(1e-6);
    for (const result of [first!, second!]) result.dispose();
  });
});

describe('the cascade', () => {
  it('gives large pictures that follow the small ones: the less is run, the closer', async () => {
    await using small = await assemble(catalogue(plugins), cascadeRecipe(engine, 4));
    await using large = await assemble(catalogue(plugins), cascadeRecipe(engine, 8));
    await using pipeline = await diffusion(cascadeRecipe(engine, 4), { plugins });
    using drafts = await pipeline.sample({ count: 2, steps: 10 });
    const enlarged = resizeImages(drafts.images(), { height: 8, width: 8, method: 'bicubic' }).data;
    const distance = async (strength: number): Promise<number> => {
      const images = await lastValueFrom(cascade(small, large, { count: 2, steps: 10, strength }));
      expect(images.shape).toEqual([2, 8, 8, 1]);
      return Math.hypot(...images.data.map((value, i) => value - (enlarged[i] ?? 0)));
    };
    expect(await distance(0.1)).toBeLessThan(0.1 * (await distance(1)));
  });
});

describe('live guidance', () => {
  it('sees the latest scale once a step', async () => {
    await using pipeline = await diffusion(liveGuidanceRecipe(engine), { plugins });
    expect(await lastValueFrom(liveGuidance(pipeline, 4).pipe(toArray()))).toEqual([1, 2, 3, 4]);
  });
});

describe('composed conditions', () => {
  it('ask for a corner that no condition names', async () => {
    const settings = {
      engine,
      width: times(16, 24),
      updates: times(60, 300),
      batchSize: times(40, 48),
      steps: times(5, 6),
    };
    await using pipeline = await diffusion(composedRecipe(settings), { plugins: [...plugins, corners] });
    using weights = await pipeline.train();
    const asked = { count: 64, parameters: weights.parameters };
    expect(await shareInCorner(pipeline, ['left', 'up'], asked)).toBeGreaterThan(times(0.65, 0.9));
  });
});

describe('perturbed attention', () => {
  it('goes away from the network with its attention off, by a live scale', async () => {
    const recipe = perturbedAttentionRecipe({ steps: 2, channels: [8, 8], samplingSteps: 2 });
    await using pipeline = await diffusion(recipe, { plugins: nodePlugins });
    using weights = await pipeline.train();
    const at = (scale: number) => digitsAt(pipeline, weights.parameters, { scale, count: 2 });
    const [none, some] = [await at(0), await at(2)];
    expect(none.shape).toEqual([2, 8, 8, 1]);
    expect(some.data).not.toEqual(none.data);
  });
});

describe('stopping early', () => {
  it('sees nothing from the stop on', async () => {
    await using pipeline = await diffusion(stopEarlyRecipe(engine), { plugins });
    const stop$ = new Subject<void>();
    const steps$ = untilStopped(pipeline, { steps: 50, stop$ }).pipe(
      tap((event) => 'index' in event && event.index === 3 && stop$.next()),
      toArray(),
    );
    expect(await lastValueFrom(steps$)).toHaveLength(3);
  });
});

describe('a LoRA', () => {
  it('has a scale that an observable moves while it samples', async () => {
    const file = 'test/golden/loras/trained/pytorch_lora_weights.safetensors';
    const { scales, picture } = await liveLora('test/golden/pipelines/lcm', file, 'a dog', 3, { engine });
    expect(scales).toEqual([0, 0.5, 1]);
    expect([...picture.subarray(1, 4)]).toEqual([80, 78, 71]);
  });
});

describe('inpainting', () => {
  it('keeps what is known and finds the rest better than an untrained network', async () => {
    const settings = {
      engine,
      width: times(24, 32),
      batchSize: times(32, 64),
      steps: times(5, 8),
      count: 1,
      updates: times(30, 80),
    };
    await using pipeline = await diffusion(twoMoonsRecipe(settings), { plugins });
    using weights = await pipeline.train();
    const known = Array.from({ length: 64 }, (_, i) => -1 + i / 32);
    const completed = await withKnownX(pipeline, known, weights.parameters);
    expect(completed.map(([x]) => x)).toEqual(known);
    const untrained = pipeline.assembly.get(Roles.denoiser).parameters;
    const guessed = await withKnownX(pipeline, known, untrained);
    expect(meanDistance(completed)).toBeLessThan(meanDistance(guessed));
  });
});

describe('many observers', () => {
  it('change no byte of the run, and a broken one is reported once', async () => {
    const [watched, alone] = [await observed(engine, ['log', 'broken']), await observed(engine, [])];
    expect(watched.samples).toEqual(alone.samples);
    expect(watched.log).toHaveLength(22);
    expect(watched.reported.map(({ code, plugin }) => [code, plugin])).toEqual([['RXD_TAP_FAILED', 'observer/broken']]);
  });
});

describe('hot swap', () => {
  it('takes effect at the next step', async () => {
    await using pipeline = await diffusion(hotSwapRecipe(engine), { plugins });
    const calls$ = await hotSwap(pipeline, 6, 2);
    expect(await lastValueFrom(calls$.pipe(toArray()))).toEqual([2, 4, 5, 6, 7, 8]);
  });
});

describe('text to image', () => {
  it('makes a picture of a prompt and a folder', async () => {
    const png = await textToImage('test/golden/pipelines/lcm', 'a dog', 2, { engine, sampler: 'ddim' });
    expect(new TextDecoder().decode(png.subarray(1, 4))).toBe('PNG');
  });

  it('is short', () => {
    const [, body = ''] = readFileSync('examples/text-to-image.ts', 'utf8').split('export async function textToImage');
    expect(body.slice(0, body.indexOf('\n}')).split('\n').length).toBeLessThanOrEqual(12);
  });
});

describe('in parallel', () => {
  it('each request gives the bytes that it gives in this thread, in the order asked for', async () => {
    await using devices = await workerDevices(parallelRecipe(engine), { count: 1 });
    const arrived = await lastValueFrom(inParallel(devices, [3, 1]).pipe(toArray()));
    expect(arrived.map(({ seed }) => seed)).toEqual([3, 1]);
    await using pipeline = await diffusion(parallelRecipe(engine), { plugins });
    using direct = await pipeline.sample({ seed: 1, count: 4, steps: 20 });
    expect(arrived[1]?.samples).toEqual(direct.images().data);
  });
});

describe('what is promised to be short', () => {
  it.each(['conditioner', 'codec', 'guidance', 'adapter', 'sampler'])(
    'a third-party %s has at most 60 lines',
    (role) => {
      const lines = readFileSync(`examples/third-party-${role}/index.ts`, 'utf8').trimEnd().split('\n');
      expect(lines.length).toBeLessThanOrEqual(60);
    },
  );

  const sources: readonly (readonly [file: string, from: string])[] = [
    ['third-party-sampler/index.ts', 'import'],
    ['train-by-hand.ts', 'export function trainByHand('],
    ['cascade-by-hand.ts', 'export function cascade('],
  ];
  it.each(sources)('%s has at most 30 lines of code', (file, from) => {
    const text = withoutComments(readFileSync(`examples/${file}`, 'utf8'));
    const code = text.slice(text.indexOf(from));
    const end = from === 'import' ? code.length : code.indexOf('\n}\n') + 2;
    const lines = code
      .slice(0, end)
      .split('\n')
      .filter((line) => line.trim() !== '');
    expect(lines.length).toBeGreaterThan(10);
    expect(lines.length).toBeLessThanOrEqual(30);
  });
});
