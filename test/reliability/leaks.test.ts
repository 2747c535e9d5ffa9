import { Subject, take, tap, type Observable } from 'rxjs';
import { expect, it } from 'vitest';
import { macrotask } from '../../src/core/loop/macrotask.js';
import type { SampleEvent } from '../../src/core/loop/sample-events.js';
import { samplingParts } from '../../src/pipelines/sample-function.js';
import type { Swap } from '../../src/core/sampling/sample-request.js';
import { trainingParts, type TrainingParts } from '../../src/pipelines/training-parts.js';
import { times } from '../effort.js';
import { figure } from '../figure.js';
import { liveTensors } from '../leak-guard.js';
import { sabotaged, throwing } from './sabotage.js';
import { dice, sampling, tinyPipeline, training } from './tiny-pipeline.js';

type SamplingParts = ReturnType<typeof samplingParts>;

/** Hooks of a sampling run, with the latest call of each that a run of two steps makes. */
const SAMPLING_HOOKS: readonly (readonly [part: keyof SamplingParts, hook: string, lastCall: number])[] = [
  ['conditioner', 'prepare', 0],
  ['conditioner', 'encode', 1],
  ['guidance', 'init', 0],
  ['guidance', 'branches', 1],
  ['guidance', 'combine', 1],
  ['sampler', 'init', 0],
  ['sampler', 'step', 1],
  ['denoiser', 'predict', 1],
  ['parameterization', 'at', 3],
  ['noise', 'normal', 1],
  ['grid', 'levels', 0],
  ['schedule', 'at', 1],
  ['engine', 'realize', 1],
];

type Breaking = (parts: TrainingParts, call: number) => TrainingParts;
const fitting =
  (part: keyof TrainingParts['fitting'], hook: string): Breaking =>
  (parts, call) => ({
    ...parts,
    fitting: { ...parts.fitting, [part]: sabotaged(parts.fitting[part] as object, hook, throwing, call) },
  });
const noisingWith =
  (part: 'noise' | 'timestepSampler', hook: string): Breaking =>
  (parts, call) => ({
    ...parts,
    noising: { ...parts.noising, [part]: sabotaged(parts.noising[part], hook, throwing, call) },
  });

/** Hooks of a training run, each called at least twice in a run of two steps but for `init`. */
const TRAINING_HOOKS: readonly (readonly [hook: string, lastCall: number, breaking: Breaking])[] = [
  ['dataset.batch', 1, (parts, call) => ({ ...parts, dataset: sabotaged(parts.dataset, 'batch', throwing, call) })],
  ['timestepSampler.level', 7, noisingWith('timestepSampler', 'level')],
  ['noise.normal', 1, noisingWith('noise', 'normal')],
  ['noise.uniform', 3, noisingWith('noise', 'uniform')],
  ['objective.coefficients', 7, fitting('objective', 'coefficients')],
  ['objective.loss', 1, fitting('objective', 'loss')],
  ['optimizer.init', 0, fitting('optimizer', 'init')],
  ['optimizer.scalars', 1, fitting('optimizer', 'scalars')],
  ['optimizer.update', 1, fitting('optimizer', 'update')],
  ['optimizer.learningRate', 1, fitting('optimizer', 'learningRate')],
  ['average.decay', 1, fitting('average', 'decay')],
  ['conditioner.prepareBatch', 1, fitting('conditioner', 'prepareBatch')],
  ['conditioner.encode', 1, fitting('conditioner', 'encode')],
  ['denoiser.predict', 1, fitting('denoiser', 'predict')],
  ['parameterization.at', 7, fitting('parameterization', 'at')],
  ['engine.realize', 1, fitting('engine', 'realize')],
];

/** Unsubscribes after some microtasks: while the run opens, in mid-step or between two steps. */
async function unsubscribedAfter(turns: number, run: Observable<unknown>): Promise<void> {
  const subscription = run.subscribe();
  for (let turn = 0; turn < turns; turn++) await Promise.resolve();
  subscription.unsubscribe();
  await macrotask();
}

/** Runs to its end, whatever that is. */
function ended(run: Observable<unknown>): Promise<'complete' | 'error'> {
  return new Promise((resolve) => {
    run.subscribe({ error: () => resolve('error'), complete: () => resolve('complete') });
  });
}

const said = (seen: { readonly steps: number; readonly unsubscribes: number; readonly errors: number }): string =>
  `${seen.steps} steps, ${seen.unsubscribes} unsubscribes, ${seen.errors} thrown errors`;

it('leaks no tensor in sampling steps, whether runs end, fail, are cancelled or swapped', async () => {
  await using pipeline = await tinyPipeline();
  await using other = await tinyPipeline({ sampler: 'heun', guidance: 'none', denoiser: 'line' });
  const [parts, others] = [samplingParts(pipeline.assembly), samplingParts(other.assembly)];
  const swaps: readonly Swap[] = [
    { sampler: others.sampler },
    { guidance: others.guidance! },
    { denoiser: others.denoiser },
    { parameters: others.denoiser.parameters },
    { sampler: parts.sampler, guidance: parts.guidance!, denoiser: parts.denoiser },
  ];
  const random = dice('leaks/sampling');
  const seen = { steps: 0, unsubscribes: 0, errors: 0, swaps: 0 };
  const counted = tap((event: SampleEvent) => void (seen.steps += event.kind === 'step' ? 1 : 0));
  const before = liveTensors();

  const [unsubscribes, errors, swapping] = [times(100, 1000), times(126, 1008), times(50, 500)];
  for (let run = 0; run < unsubscribes; run++) {
    const steps = random(2, 9);
    const events = random(1, steps);
    const request = { steps, count: random(1, 2), seed: run, condition: 0 };
    if (run % 2 === 0) await ended(sampling(parts, request).pipe(counted, take(events)));
    else await unsubscribedAfter(random(0, 5 * steps), sampling(parts, request).pipe(counted));
    seen.unsubscribes++;
  }
  for (let run = 0; run < errors; run++) {
    const [part, hook, last] = SAMPLING_HOOKS[run % SAMPLING_HOOKS.length]!;
    const broken = { ...parts, [part]: sabotaged(parts[part] as object, hook, throwing, random(0, last)) };
    const outcome = await ended(sampling(broken, { steps: 2, seed: run, condition: 0 }).pipe(counted));
    if (outcome === 'error') seen.errors++;
  }
  for (let run = 0; run < swapping; run++) {
    const steps = random(10, 30);
    const swap$ = new Subject<Swap>();
    const swapped = tap((event: SampleEvent) => {
      if (event.kind !== 'step' || event.index === event.count - 1 || random(0, 3) > 0) return;
      swap$.next(swaps[random(0, swaps.length - 1)]!);
      seen.swaps++;
    });
    await ended(sampling(parts, { steps, count: 2, seed: run, condition: 1, swap$ }).pipe(counted, swapped));
  }
  await macrotask();

  expect(liveTensors() - before).toBe(0);
  figure('R9', `sampling, ${said(seen)}, ${seen.swaps} swaps: ${liveTensors() - before} tensors left`);
  expect(seen.steps).toBeGreaterThanOrEqual(times(1_000, 10_000));
  expect(seen.unsubscribes).toBe(unsubscribes);
  expect(seen.errors).toBe(errors);
  expect(seen.swaps).toBeGreaterThanOrEqual(swapping);
}, 300_000);

it('leaks no tensor in training steps, whether runs end, fail or are cancelled', async () => {
  await using pipeline = await tinyPipeline();
  const parts = trainingParts(pipeline.assembly, 5);
  const random = dice('leaks/training');
  const seen = { steps: 0, unsubscribes: 0, errors: 0 };
  const counted = tap(({ event }: { readonly event: { readonly kind: string } }) => {
    seen.steps += event.kind === 'step' ? 1 : 0;
  });
  const before = liveTensors();

  const [unsubscribes, errors, whole] = [times(75, 1000), times(75, 1005), times(40, 700)];
  for (let run = 0; run < unsubscribes; run++) {
    const steps = random(2, 9);
    if (run % 2 === 0) await ended(training(parts, steps).pipe(counted, take(random(1, steps))));
    else await unsubscribedAfter(random(0, 12 * steps), training(parts, steps).pipe(counted));
    seen.unsubscribes++;
  }
  for (let run = 0; run < errors; run++) {
    const [, last, breaking] = TRAINING_HOOKS[run % TRAINING_HOOKS.length]!;
    const outcome = await ended(training(breaking(parts, random(0, last)), 2).pipe(counted));
    if (outcome === 'error') seen.errors++;
  }
  for (let run = 0; run < whole; run++) await ended(training(parts, random(5, 20)).pipe(counted));
  await macrotask();

  expect(liveTensors() - before).toBe(0);
  figure('R9', `training, ${said(seen)}: ${liveTensors() - before} tensors left`);
  expect(seen.steps).toBeGreaterThanOrEqual(times(500, 10_000));
  expect(seen.unsubscribes).toBe(unsubscribes);
  expect(seen.errors).toBe(errors);
}, 300_000);
