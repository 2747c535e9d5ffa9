import type { NoiseLevel } from '../../../src/core/contracts/noise-level.js';
import type { SampleEvent } from '../../../src/core/loop/sample-events.js';
import type { TrainEvent } from '../../../src/core/loop/train-events.js';

const level = (t: number): NoiseLevel => ({ t, alpha: 1 - t, sigma: t, lambda: Math.log((1 - t) / t) });

/** The events of a sampling run; what they lend throws when it is touched. */
export function sampleEvents(count: number, callsPerStep = 1): SampleEvent[] {
  const common = { run: 'a-run', batch: 2, count, totalNfe: count * callsPerStep };
  const levels = Array.from({ length: count + 1 }, (_, i) => level(1 - i / count));
  const steps = Array.from({ length: count }, (_, index) => ({
    ...common,
    kind: 'step',
    index,
    nfe: (index + 1) * callsPerStep,
    from: levels[index],
    to: levels[index + 1],
    live: { 'guidance.scale': 2 },
  }));
  const events = [
    { ...common, kind: 'start', nfe: 0, seeds: [3, 4], levels },
    ...steps,
    { ...common, kind: 'end', nfe: common.totalNfe },
  ];
  return events.map(lend);
}

function lend(fields: object): SampleEvent {
  const touched = (): never => {
    throw new Error('a tensor was touched');
  };
  return Object.defineProperties(fields, {
    x: { get: touched, enumerable: true },
    denoised: { get: touched, enumerable: true },
  }) as SampleEvent;
}

/** The events of a training run. */
export function trainEvents(steps: number, first = 0): TrainEvent[] {
  const run = 'a-run';
  const updates = Array.from({ length: steps - first }, (_, i): TrainEvent => {
    const step = first + i + 1;
    const numbers = { loss: 1 / step, learningRate: 0.001, gradientNorm: 1 };
    return { kind: 'step', run, step, steps, epoch: 0, batchSize: 8, ...numbers };
  });
  return [
    { kind: 'start', run, step: first, steps, batchSize: 8, parameters: 99 },
    ...updates,
    { kind: 'evaluation', run, step: steps, steps, metrics: { loss: 0.5 } },
    { kind: 'checkpoint', run, step: steps, steps, name: 'last' },
    { kind: 'end', run, step: steps, steps },
  ];
}
