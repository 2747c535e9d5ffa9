import * as tf from '@tensorflow/tfjs';
import {
  catalogue,
  Roles,
  standardPlugins,
  type Engine,
  type NoiseSchedule,
  type Sampler,
  type StepContext,
  type Vector,
  type VectorSpace,
} from 'rxdiffusion';
import { tensorSpace } from 'rxdiffusion/plugin';
import { made } from '../tools/golden/plugins.js';
import { rounded, type Benchmark, type Figure } from './figures.js';

const STEPS = 20;
const PAIRS = 400;
const SHAPE = [1, 2];

/** One step, ready to be repeated: the whole of it, and its tensor operations alone. */
interface Repeatable {
  readonly step: () => void;
  readonly operations: readonly (() => unknown)[];
}

/**
 * What a step of each sampler costs without the network: microseconds of `step` on a tiny batch, with estimates and
 * noise that are already there, against those of its tensor operations alone, replayed one by one. The
 * fastest of many runs, which take turns: other programs only ever make them slower. The words choose the engine (tfjs-wasm) and the samplers (all).
 */
export const stepCost: Benchmark = async ([engineName = 'tfjs-wasm', ...names]) => {
  const engine = await made(Roles.engine, engineName);
  await engine.start();
  const schedule = await made(Roles.schedule, 'linear');
  const rows: Figure[] = [];
  for (const { name } of catalogue(standardPlugins).of(Roles.sampler)) {
    if (names.length > 0 && !names.includes(name)) continue;
    rows.push({
      sampler: name,
      ...costOf(engine, await made(Roles.sampler, name), schedule, await levelsOf(schedule)),
    });
  }
  await engine.stop();
  return rows;
};

async function levelsOf(schedule: NoiseSchedule) {
  return (await made(Roles.grid, 'trailing')).levels(schedule, STEPS);
}

function costOf(
  engine: Engine,
  sampler: Sampler,
  schedule: NoiseSchedule,
  levels: readonly StepContext['from'][],
): Figure {
  return engine.run(() => {
    const owned = new Set<tf.Tensor>();
    const steps = recorded(sampler, schedule, levels, owned);
    const whole = (): number => perStep(() => steps.forEach(({ step }) => tf.tidy(step)));
    const alone = (): number =>
      perStep(() => steps.forEach(({ operations }) => tf.tidy(() => operations.forEach((operate) => operate()))));
    const pairs = Array.from({ length: PAIRS }, () => [whole(), alone()] as const);
    const [step, operations] = [0, 1].map((side) => Math.min(...pairs.map((pair) => pair[side] ?? Infinity))) as [
      number,
      number,
    ];
    tf.dispose([...owned]);
    return {
      'operations a step': rounded(steps.flatMap(({ operations }) => operations).length / STEPS, 1),
      'us a step': rounded(step, 1),
      'operations alone': rounded(operations, 1),
      'ratio (target: at most 2)': rounded(step / operations, 2),
    };
  });
}

/** Runs once to record the operations of each step; `owned` gets every tensor that is made on the way. */
function recorded(
  sampler: Sampler,
  schedule: NoiseSchedule,
  levels: readonly StepContext['from'][],
  owned: Set<tf.Tensor>,
): readonly Repeatable[] {
  const given = asVector(tf.randomNormal(SHAPE, 0, 1, 'float32', 1));
  const context = (space: VectorSpace, index: number): StepContext => ({
    ...space,
    ...{ index, count: STEPS, from: levels[index] as StepContext['from'], to: levels[index + 1] as StepContext['to'] },
    denoise: () => ({ denoised: given, noise: given, variance: given }),
    noise: () => given,
    brownian: () => given,
    level: (at) => ('lambda' in at ? schedule.levelAt(at.lambda) : schedule.at(at.t)),
  });
  let state = sampler.init(given, { ...tensorSpace, levels });
  const steps = Array.from({ length: STEPS }, (_, index): Repeatable => {
    const [before, operations] = [state, [] as (() => unknown)[]];
    state = sampler.step(before, context(recordingSpace(operations, owned), index));
    const again = context(tensorSpace, index);
    return { step: () => void sampler.step(before, again), operations };
  });
  for (const value of [given, ...Object.values(state)]) if (isTensor(value)) owned.add(value);
  return steps;
}

/** The operations of tensors, each noted down with what it was given. */
function recordingSpace(operations: (() => unknown)[], owned: Set<tf.Tensor>): VectorSpace {
  const names = Object.keys(tensorSpace) as (keyof VectorSpace)[];
  const noted =
    (name: keyof VectorSpace) =>
    (...given: readonly unknown[]) => {
      const operate = (): unknown => (tensorSpace[name] as (...values: readonly unknown[]) => unknown)(...given);
      operations.push(operate);
      const made = operate();
      if (isTensor(made)) owned.add(made);
      return made;
    };
  return Object.fromEntries(names.map((name) => [name, noted(name)])) as unknown as VectorSpace;
}

function asVector(tensor: tf.Tensor): Vector {
  return tensor as unknown as Vector;
}

function isTensor(value: unknown): value is tf.Tensor {
  return value instanceof tf.Tensor;
}

function perStep(run: () => void): number {
  const began = performance.now();
  run();
  return ((performance.now() - began) * 1000) / STEPS;
}
