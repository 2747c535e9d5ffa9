/**
 * A cascade of two runs composed of operators: sample small, enlarge, and let the large network finish the picture.
 *
 * The second run starts from the enlarged samples, noised to `strength` (image to image), so the small network decides
 * what there is to see and the large one how it looks in detail. Nothing is trained here: see `examples/digits`.
 *
 *     npx tsx --conditions=source examples/cascade-by-hand.ts
 */
import { fileURLToPath } from 'node:url';
import { concatMap, map, of, type Observable } from 'rxjs';
import { assemble, catalogue, results, reverse, samplingParts, startingNoise } from 'rxdiffusion';
import { resizeImages } from 'rxdiffusion/images';
import type { Assembly, FloatImages, SampleResult } from 'rxdiffusion';
import { nodePlugins } from 'rxdiffusion/node';

/** What the cascade is asked for. */
export interface CascadeRequest {
  readonly count: number;
  readonly steps: number;
  /** Share of the large network's steps that are run. */
  readonly strength: number;
}

/** Samples by the small network, refined by the large one. */
export function cascade(small: Assembly, large: Assembly, request: CascadeRequest): Observable<FloatImages> {
  const { count, steps, strength } = request;
  const [first, second] = [samplingParts(small), samplingParts(large)];
  const [height = 1, width = 1] = second.sampleShape;
  const read = map((result: SampleResult) => {
    using held = result;
    return held.images();
  });
  return of({ count, steps }).pipe(
    startingNoise(first),
    reverse(first),
    results(),
    read,
    map((images) => resizeImages(images, { height, width, method: 'bicubic' })),
    map(({ data }) => ({ count, steps, startFrom: { data, strength } })),
    concatMap((refinement) => of(refinement).pipe(startingNoise(second), reverse(second), results(), read)),
  );
}

/** A small U-Net for pictures of one size. */
export function cascadeRecipe(engine: string, size: number) {
  const blocks = { down_block_types: ['DownBlock2D', 'DownBlock2D'], up_block_types: ['UpBlock2D', 'UpBlock2D'] };
  const widths = { block_out_channels: [8, 8], layers_per_block: 1, norm_num_groups: 4, add_attention: false };
  const config = { sample_size: size, in_channels: 1, out_channels: 1, ...blocks, ...widths };
  return { format: 1, preset: 'ddpm', plugins: { engine, sampler: 'ddim', denoiser: { name: 'unet2d', config } } };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await using small = await assemble(catalogue(nodePlugins), cascadeRecipe('auto', 8));
  await using large = await assemble(catalogue(nodePlugins), cascadeRecipe('auto', 16));
  const images$ = cascade(small, large, { count: 4, steps: 20, strength: 0.5 });
  await images$.forEach(({ shape }) => console.log(`refined: [${shape.join(', ')}]`));
}
