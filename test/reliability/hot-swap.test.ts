import { Subject, tap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Denoiser, ParameterSet } from '../../src/core/contracts/denoiser.js';
import type { Guidance } from '../../src/core/contracts/guidance.js';
import type { Sampler } from '../../src/core/contracts/sampler.js';
import type { SampleEvent } from '../../src/core/loop/sample-events.js';
import { samplingParts } from '../../src/pipelines/sample-function.js';
import type { SampleRequest, Swap } from '../../src/core/sampling/sample-request.js';
import { figure } from '../figure.js';
import { bitsOf, sampling, tinyPipeline } from './tiny-pipeline.js';

type SamplingParts = ReturnType<typeof samplingParts>;

const request: SampleRequest = { steps: 7, count: 3, seed: 17, condition: 1 };
const mlp = { denoiser: { name: 'mlp', config: { width: 4, blocks: 1, classes: 3 } } };

describe('a hot swap after step k', () => {
  const steps = 7;
  const swapping = (parts: SamplingParts, k: number, swap: Swap): Promise<number[][]> => {
    const swap$ = new Subject<Swap>();
    const atK = tap((event: SampleEvent) => {
      if (event.kind === 'step' && event.index === k) swap$.next(swap);
    });
    return bitsOf(sampling(parts, { ...request, steps, swap$ }).pipe(atK));
  };
  /** Calls `first` up to step k and `then` from step k + 1 on: what a swap must equal. */
  const sampler = (k: number, first: Sampler, then: Sampler): Sampler => ({
    ...first,
    step: (state, ctx) => {
      const own = ctx.index === k + 1 ? then.init(state.x, { ...ctx, levels: [] }) : state;
      return (ctx.index <= k ? first : then).step(own, ctx);
    },
  });
  const guidance = (at: () => number, k: number, first: Guidance, then: Guidance): Guidance => ({
    branches: (level, live) => (at() <= k ? first : then).branches(level, live),
    init: () => first.init(),
    combine: (state, ctx) => (at() <= k ? first : then).combine(state, ctx),
  });

  it('of the sampler equals the composed run bit for bit, for every k', async () => {
    await using one = await tinyPipeline({ ...mlp, sampler: 'dpmpp-2m' });
    await using two = await tinyPipeline({ ...mlp, sampler: 'euler-ancestral' });
    const [parts, others] = [samplingParts(one.assembly), samplingParts(two.assembly)];
    const unswapped = await bitsOf(sampling(parts, { ...request, steps }));
    const unswappedOther = await bitsOf(sampling({ ...parts, sampler: others.sampler }, { ...request, steps }));
    let changed = 0;
    for (const [first, then] of [
      [parts.sampler, others.sampler],
      [others.sampler, parts.sampler],
    ] as const) {
      for (let k = 0; k < steps; k++) {
        const composed = { ...parts, sampler: sampler(k, first, then) };
        const swapped = await swapping({ ...parts, sampler: first }, k, { sampler: then });
        expect(swapped).toEqual(await bitsOf(sampling(composed, { ...request, steps })));
        // The first event is the start, so step k is event k + 1.
        const [kept, other] = first === parts.sampler ? [unswapped, unswappedOther] : [unswappedOther, unswapped];
        expect(swapped.slice(0, k + 2)).toEqual(kept.slice(0, k + 2));
        expect(swapped).not.toEqual(other);
        changed += swapped.length > k + 2 && swapped[k + 2]!.join() !== kept[k + 2]?.join() ? 1 : 0;
      }
    }
    // At its very next event each swap shows, but for the one after the last step.
    expect(changed).toBe(2 * (steps - 1));
    figure('R14', `${2 * steps} swaps of samplers, each equal to the composed run bit for bit`);
  });

  it('of denoiser, guidance or weights equals the composed run bit for bit, for every k', async () => {
    await using one = await tinyPipeline({ sampler: 'ddim' });
    await using two = await tinyPipeline({ denoiser: { name: 'line', config: { gain: -0.8 } }, guidance: 'none' });
    const [parts, others] = [samplingParts(one.assembly), samplingParts(two.assembly)];
    let different = 0;
    for (let k = 0; k < steps; k++) {
      let index = 0;
      const at = (): number => index;
      const stepping = { ...parts.sampler, step: noteStep(parts.sampler, (now) => (index = now)) };
      const chosen = (): ParameterSet => (index <= k ? parts : others).denoiser.parameters;
      const denoiser: Denoiser = {
        ...parts.denoiser,
        predict: (_, ...input) => parts.denoiser.predict(chosen(), ...input),
      };
      const composed = { ...parts, sampler: stepping };
      const reference = {
        denoiser: await bitsOf(sampling({ ...composed, denoiser }, { ...request, steps })),
        guidance: await bitsOf(
          sampling(
            { ...composed, guidance: guidance(at, k, parts.guidance!, others.guidance!) },
            { ...request, steps },
          ),
        ),
      };
      expect(await swapping(parts, k, { denoiser: others.denoiser })).toEqual(reference.denoiser);
      expect(await swapping(parts, k, { parameters: others.denoiser.parameters })).toEqual(reference.denoiser);
      expect(await swapping(parts, k, { guidance: others.guidance! })).toEqual(reference.guidance);
      different += reference.denoiser.join() === reference.guidance.join() ? 0 : 1;
    }
    // After the last step there is nothing left to swap for.
    expect(different).toBe(steps - 1);
    figure('R14', `${3 * steps} swaps of denoiser, guidance or weights, each equal to the composed run bit for bit`);
  });
});

function noteStep(sampler: Sampler, note: (index: number) => void): Sampler['step'] {
  return (state, ctx) => {
    note(ctx.index);
    return sampler.step(state, ctx);
  };
}
