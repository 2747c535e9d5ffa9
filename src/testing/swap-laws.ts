import { Subject, tap } from 'rxjs';
import type { NoiseLevel } from '../core/contracts/noise-level.js';
import type { Sampler } from '../core/contracts/sampler.js';
import { lawsOf } from './broken-law.js';
import type { Law } from './law.js';
import type { SampleEvent } from '../core/loop/sample-events.js';
import type { SampleRequest, Swap } from '../core/sampling/sample-request.js';
import { bitsOf, eventsOf, type RunParts } from './run-events.js';

const holds = lawsOf('runs');

/** The law of hot swaps, both ways between the pipeline's sampler and one that keeps the estimated noise. */
export function swapLaws(
  withParts: (work: (parts: RunParts) => Promise<void>) => Law['check'],
  request: SampleRequest,
): readonly Law[] {
  const swapped = async (parts: RunParts): Promise<void> => {
    // Whose levels are its own has another grid than the run that it is swapped into.
    if (parts.sampler.levels !== undefined || parts.sampler.stepSize !== undefined) return;
    const plain = plainSampler(parts.sampler);
    const least = parts.sampler.needs?.steps ?? 1;
    for (let step = 0; step + 1 + least <= request.steps; step++) {
      await checkSwap({ ...parts, sampler: plain }, request, step, parts.sampler);
      await checkSwap(parts, request, step, plain);
    }
  };
  return [{ law: 'a swap of the sampler equals the composed run, at every step', check: withParts(swapped) }];
}

async function checkSwap(parts: RunParts, request: SampleRequest, step: number, next: Sampler): Promise<void> {
  const swap$ = new Subject<Swap>();
  const swapping = tap((event: SampleEvent) => {
    if (event.kind === 'step' && event.index === step) swap$.next({ sampler: next });
  });
  const swapped = await bitsOf(eventsOf(parts, { ...request, swap$ }).pipe(swapping));
  const sampler = composed(parts.sampler, next, step);
  const expected = await bitsOf(eventsOf({ ...parts, sampler }, request));
  holds(swapped.join(';') === expected.join(';'), `a swap after step ${step} equals the composed run bit for bit`);
}

/** Keeps the estimated noise: the simplest sampler that goes wherever the other goes. */
function plainSampler({ needs }: Sampler): Sampler {
  return {
    order: 1,
    stochastic: false,
    ...(needs?.towards ? { needs: { towards: needs.towards } } : {}),
    init: (x) => ({ x }),
    step({ x }, { from, to, denoise, combine }) {
      const { denoised, noise } = denoise(x, from);
      return { x: combine([to.alpha, denoised], [to.sigma, noise]) };
    },
  };
}

/** One sampler up to a step, and then another, which begins there with what there is. */
function composed(first: Sampler, then: Sampler, last: number): Sampler {
  let grid: readonly NoiseLevel[] = [];
  return {
    ...first,
    calls: (position) => (position.index <= last ? first : then).calls?.(position) ?? 1,
    init(x, ctx) {
      grid = ctx.levels;
      return first.init(x, ctx);
    },
    step(state, ctx) {
      if (ctx.index <= last) return first.step(state, ctx);
      const begins = ctx.index === last + 1;
      return then.step(begins ? then.init(state.x, { ...ctx, levels: grid.slice(ctx.index) }) : state, ctx);
    },
  };
}
