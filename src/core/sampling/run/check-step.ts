import * as tf from '@tensorflow/tfjs';
import { Tensor } from '@tensorflow/tfjs';
import type { GuidanceState } from '../../contracts/guidance.js';
import type { Denoised, SamplerState } from '../../contracts/sampler.js';
import type { Vector } from '../../contracts/vector.js';
import { DiffusionError } from '../../errors/diffusion-error.js';
import { allFinite } from '../../math/all-finite.js';
import { identityOf } from '../../assembly/plugin-identity.js';
import { isSameShape } from '../../tensors/same-shape.js';
import { isReadLater } from '../../tensors/read-floats.js';
import { tensorOf } from '../../tensors/tensor-space.js';
import type { BatchSharing } from './batch-sharing.js';
import type { RunState } from './run-state.js';
import { conditionTensors, type RunConditions } from '../conditions/run-conditions.js';
import type { ReverseParts } from '../reverse-parts.js';

/** The sum of each sample: finite exactly if all of the sample is (up to overflow), read without reading x. */
export function sampleSums(x: Vector): Tensor {
  const tensor = tensorOf(x);
  return tf.sum(tensor.rank === 2 ? tensor : tf.reshape(tensor, [tensor.shape[0] ?? 1, -1]), 1);
}

/** What a step had and made, to find out who brought the first number that is not finite. */
interface StepTrace {
  /** Sums of the samples before the step. */
  readonly before: Tensor;
  /** What is held after it, with such sums. */
  readonly after: Pick<RunState, 'denoised' | 'total'>;
  readonly conditions: RunConditions;
}

/** Gives up the samples of which a step, which is computed, made NaN or infinity (`RXD_PLUGIN_OUTPUT`). */
export async function checkFinite(
  trace: StepTrace,
  sharing: BatchSharing,
  parts: ReverseParts,
  step: number,
): Promise<void> {
  const { total } = trace.after;
  const sums = isReadLater(total) ? await total.data() : total.dataSync();
  if (allFinite(sums)) return;
  const lost = [...sums.keys()].filter((sample) => !Number.isFinite(sums[sample]));
  await sharing.lose(lost, (samples) => notFinite(samples, trace, parts, step));
}

/** The error of a step that made NaN or infinity of some samples: it looks for whoever was the first. */
async function notFinite(
  samples: readonly number[],
  trace: StepTrace,
  parts: ReverseParts,
  step: number,
): Promise<DiffusionError> {
  const { role, problem, fix } = await origin(samples, trace);
  return new DiffusionError('RXD_PLUGIN_OUTPUT', {
    problem,
    got: 'NaN or infinity',
    expected: 'finite numbers',
    fix,
    plugin: identityOf(parts[role], role),
    step,
  });
}

interface Origin {
  readonly role: 'conditioner' | 'denoiser' | 'sampler';
  readonly problem: string;
  readonly fix: string;
}

async function origin(samples: readonly number[], { before, conditions, after }: StepTrace): Promise<Origin> {
  if (!(await areFinite(samples, before)))
    return {
      role: 'sampler',
      problem: 'the sampler’s first state is not finite',
      fix: 'correct `init`; what it was given was finite',
    };
  if (!(await areFinite(samples, ...conditionTensors(conditions))))
    return { role: 'conditioner', problem: 'a condition is not finite', fix: 'correct what `encode` returns' };
  if (!(await areFinite(samples, after.denoised)))
    return {
      role: 'denoiser',
      problem: 'the network’s estimate, as guided and clipped, is not finite',
      fix: 'check the weights, the guidance and the parameterization (epsilon cannot be read at alpha = 0)',
    };
  return {
    role: 'sampler',
    problem: 'the sampler made a sample that is not finite',
    fix: 'check that the sampler fits the schedule and the grid',
  };
}

/** Whether the rows of some samples are finite, in tensors that begin with a row for each. */
async function areFinite(samples: readonly number[], ...tensors: readonly Tensor[]): Promise<boolean> {
  for (const tensor of tensors) {
    const values = await tensor.data();
    const width = values.length / (tensor.shape[0] ?? 1);
    if (samples.some((sample) => !values.subarray(sample * width, (sample + 1) * width).every(Number.isFinite)))
      return false;
  }
  return true;
}

/** Throws `RXD_PLUGIN_OUTPUT` if the plugin that is at work disposed of a tensor that the run owns. */
export function checkUndisposed(owned: readonly Tensor[]): void {
  if (owned.every((tensor) => !tensor.isDisposed)) return;
  throw new DiffusionError('RXD_PLUGIN_OUTPUT', {
    problem: 'a plugin disposed of a tensor that belongs to the run',
    got: 'a disposed input',
    expected: 'inputs left as they are',
    fix: 'never call dispose in a sampler, guidance or denoiser: the run frees what a step no longer holds',
  });
}

/** What guidance returned, if it is a reading of `x`, and `x` is still there. */
export function checkedGuided(result: Denoised, x: Vector): Denoised {
  checkUndisposed([tensorOf(x)]);
  const denoised: unknown = result.denoised;
  const fits = (reading: unknown): boolean => isFloats(reading, tensorOf(x).shape);
  if (fits(denoised) && fits(result.noise) && (result.unguided === undefined || fits(result.unguided))) return result;
  throw new DiffusionError('RXD_PLUGIN_OUTPUT', {
    problem: 'the guidance returned no estimate of the sample',
    got: denoised instanceof Tensor ? `denoised of ${described(denoised)}` : typeof denoised,
    expected: `{ denoised, noise }, both float32 of shape [${tensorOf(x).shape.join(', ')}]`,
    fix: 'return [state, { denoised, noise }], made with ctx.combine',
  });
}

/** What guidance remembers, if it is a record; nobody can change it from now on. */
export function checkedMemory(state: GuidanceState): GuidanceState {
  if (typeof state === 'object' && state !== null) return Object.freeze(state);
  throw new DiffusionError('RXD_PLUGIN_OUTPUT', {
    problem: 'the state of the guidance is no record',
    got: typeof state,
    expected: 'a flat record; {} where it remembers nothing',
    fix: 'return a record from `init`, and [record, reading] from `combine`',
  });
}

/** The state that a sampler returned, if it is a record whose `x` has the shape of the batch; frozen from now on. */
export function checkedState(state: SamplerState, shape: readonly number[]): SamplerState {
  const x: unknown = typeof state === 'object' && state !== null ? state.x : state;
  if (isFloats(x, shape)) return Object.freeze(state);
  throw new DiffusionError('RXD_PLUGIN_OUTPUT', {
    problem: 'the sampler returned a state without a proper `x`',
    got: x instanceof Tensor ? `x of ${described(x)}` : typeof x,
    expected: `{ x, ... } with x, float32 of shape [${shape.join(', ')}]`,
    fix: 'return a new record with the moved sample in `x`, made with ctx.combine',
  });
}

function isFloats(x: unknown, shape: readonly number[]): boolean {
  return x instanceof Tensor && !x.isDisposed && x.dtype === 'float32' && isSameShape(x.shape, shape);
}

function described({ shape, dtype, isDisposed }: Tensor): string {
  return `shape [${shape.join(', ')}], ${dtype}${isDisposed ? ', disposed' : ''}`;
}
