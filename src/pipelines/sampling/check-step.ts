import { Tensor } from '@tensorflow/tfjs';
import type { GuidanceState } from '../../core/contracts/guidance.js';
import type { Denoised, SamplerState } from '../../core/contracts/sampler.js';
import type { Vector } from '../../core/contracts/vector.js';
import { DiffusionError } from '../../core/errors/diffusion-error.js';
import { identityOf } from '../../core/plugins/plugin-identity.js';
import { tensorOf } from '../../core/tensors/tensor-space.js';
import type { ReverseParts } from './reverse-parts.js';

/** What `checkFinite` looks at. */
interface Checked {
  /** Sum of x. */
  readonly total: Tensor;
  readonly denoised: Tensor;
}

/** What a step started from, to find out who brought the first number that is not finite. */
interface Before {
  readonly total: Tensor;
  readonly conditions: readonly Tensor[];
}

/** Throws `RXD_PLUGIN_OUTPUT` if a step made NaN or infinity. Only then it looks for whoever was the first. */
export async function checkFinite(made: Checked, before: Before, parts: ReverseParts, step: number): Promise<void> {
  if (await areFinite(made.total)) return;
  const { role, problem, fix } = await origin(made, before);
  throw new DiffusionError('RXD_PLUGIN_OUTPUT', {
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

async function origin({ denoised }: Checked, before: Before): Promise<Origin> {
  if (!(await areFinite(before.total)))
    return {
      role: 'sampler',
      problem: 'the sampler’s first state is not finite',
      fix: 'correct `init`; what it was given was finite',
    };
  if (!(await areFinite(...before.conditions)))
    return { role: 'conditioner', problem: 'a condition is not finite', fix: 'correct what `encode` returns' };
  if (!(await areFinite(denoised)))
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

async function areFinite(...tensors: readonly Tensor[]): Promise<boolean> {
  for (const tensor of tensors) if (!(await tensor.data()).every(Number.isFinite)) return false;
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
  if (denoised instanceof Tensor && denoised.shape.join() === tensorOf(x).shape.join()) return result;
  throw new DiffusionError('RXD_PLUGIN_OUTPUT', {
    problem: 'the guidance returned no reading of the sample',
    got: denoised instanceof Tensor ? `denoised of shape [${denoised.shape.join(', ')}]` : typeof denoised,
    expected: `{ denoised, noise } of shape [${tensorOf(x).shape.join(', ')}]`,
    fix: 'return [state, { denoised, noise }], made with ctx.combine',
  });
}

/** What guidance remembers, if it is a record; nobody can change it from now on. */
export function checkedMemory(state: GuidanceState): GuidanceState {
  if (typeof state === 'object' && state !== null) return Object.freeze(state);
  throw new DiffusionError('RXD_PLUGIN_OUTPUT', {
    problem: 'the guidance remembers something that is no record',
    got: typeof state,
    expected: 'a flat record; {} where it remembers nothing',
    fix: 'return a record from `init`, and [record, reading] from `combine`',
  });
}

/** The state that a sampler returned, if it is a record whose `x` has the shape of the batch; frozen from now on. */
export function checkedState(state: SamplerState, shape: readonly number[]): SamplerState {
  const x: unknown = typeof state === 'object' && state !== null ? state.x : state;
  if (x instanceof Tensor && !x.isDisposed && x.shape.join() === shape.join()) return Object.freeze(state);
  throw new DiffusionError('RXD_PLUGIN_OUTPUT', {
    problem: 'the sampler returned a state without a proper `x`',
    got: x instanceof Tensor ? `x of shape [${x.shape.join(', ')}]${x.isDisposed ? ', disposed' : ''}` : typeof x,
    expected: `{ x, ... } with x of shape [${shape.join(', ')}]`,
    fix: 'return a new record with the moved sample in `x`, made with ctx.combine',
  });
}
