/**
 * A cascade, composed by hand: one model draws small digits, another one redraws them larger.
 *
 * The recipe of Ho et al. 2022 ("Cascaded Diffusion Models") in its plainest form: samples of the small stage are
 * enlarged, noised part of the way, and the large stage takes the noise out again, adding what enlarging cannot know.
 * Each stage is a pipeline of its own; between them is RxJS.
 *
 *     npx tsx --conditions=source examples/cascade-by-hand.ts
 */
import { fileURLToPath } from 'node:url';
import { lastValueFrom, map, of, type Observable } from 'rxjs';
import {
  diffusion,
  resizeImages,
  results,
  reverse,
  samplingParts,
  standardPlugins,
  startingNoise,
  type Assembly,
  type FloatImages,
  type ParameterSet,
  type Recipe,
  type SampleRequest,
  type SampleResult,
} from 'rxdiffusion';

/** A model of the cascade: a pipeline and the weights to sample with. */
export interface Stage {
  readonly assembly: Assembly;
  readonly parameters: ParameterSet;
}

/** What to draw. */
export interface CascadeSettings extends Pick<SampleRequest, 'steps' | 'seeds' | 'condition'> {
  /** Share of the grid that the large stage runs: 1 forgets the small pictures, 0.1 hardly changes them. */
  readonly strength: number;
}

/** What both stages made of the same seeds. */
export interface Cascaded {
  readonly small: FloatImages;
  readonly large: FloatImages;
}

/** Small noise → small pictures → enlarged and noised → large pictures. */
export function cascade(first: Stage, second: Stage, { strength, ...ask }: CascadeSettings): Observable<Cascaded> {
  const [smallParts, largeParts] = [samplingParts(first.assembly), samplingParts(second.assembly)];
  const [height = 1, width = 1] = largeParts.sampleShape;
  return of({ ...ask, parameters: first.parameters }).pipe(
    startingNoise(smallParts),
    reverse(smallParts),
    results(),
    map(ownImages),
    concatMap((small) => {
      const { data } = resizeImages(small, { height, width, method: 'bicubic' });
      return of({ ...ask, parameters: second.parameters, startFrom: { data, strength } }).pipe(
        startingNoise(largeParts),
        reverse(largeParts),
        results(),
        map((result) => ({ small, large: ownImages(result) })),
      );
    }),
  );
}

/** Reads a result into plain images and frees it. */
function ownImages(result: SampleResult): FloatImages {
  using samples = result;
  return samples.images();
}
