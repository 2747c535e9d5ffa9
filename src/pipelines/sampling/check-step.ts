import { Tensor } from '@tensorflow/tfjs';
import type { SamplerState } from '../../core/contracts/sampler.js';
import { DiffusionError } from '../../core/errors/diffusion-error.js';
import { identityOf } from '../../core/plugins/plugin-identity.js';
import type { ReverseParts } from './reverse-parts.js';

/** What `checkFinite` looks at: the total of x, and the estimate that tells the network's fault from the sampler's. */
interface Checked {
  readonly total: Tensor;
  readonly denoised: Tensor;
}

/** Throws `RXD_PLUGIN_OUTPUT` if a step made NaN or infinity, naming the denoiser if its estimate already had it. */
export async function checkFinite({ total, denoised }: Checked, parts: ReverseParts, step: number): Promise<void> {
  const [sum] = await total.data();
  if (Number.isFinite(sum)) return;
  const network = !(await denoised.data()).every(Number.isFinite);
  throw new DiffusionError('RXD_PLUGIN_OUTPUT', {
    problem: network ? 'the network’s estimate is not finite' : 'the sampler made a sample that is not finite',
    got: 'NaN or infinity',
    expected: 'finite numbers',
    fix: network
      ? 'check the weights and the parameterization (epsilon cannot be read at alpha = 0)'
      : 'check that the sampler fits the schedule and the grid',
    plugin: network ? identityOf(parts.denoiser, 'denoiser') : identityOf(parts.sampler, 'sampler'),
    step,
  });
}

/** Throws `RXD_PLUGIN_OUTPUT` if a plugin disposed of a tensor that the run owns. */
export function checkUndisposed(owned: readonly Tensor[], parts: ReverseParts, step: number): void {
  if (owned.every((tensor) => !tensor.isDisposed)) return;
  throw new DiffusionError('RXD_PLUGIN_OUTPUT', {
    problem: 'a plugin disposed of a tensor that belongs to the run',
    got: 'a disposed input',
    expected: 'inputs left as they are',
    fix: 'never call dispose in a sampler, guidance or denoiser: the run frees what a step no longer holds',
    plugin: identityOf(parts.sampler, 'sampler'),
    step,
  });
}

/** The state that a sampler returned, if it is one: a record whose `x` has the shape of the batch. */
export function checkedState(state: SamplerState, shape: readonly number[]): SamplerState {
  const x: unknown = typeof state === 'object' && state !== null ? state.x : state;
  if (x instanceof Tensor && !x.isDisposed && x.shape.join() === shape.join()) return state;
  throw new DiffusionError('RXD_PLUGIN_OUTPUT', {
    problem: 'the sampler returned a state without a proper `x`',
    got: x instanceof Tensor ? `x of shape [${x.shape.join(', ')}]${x.isDisposed ? ', disposed' : ''}` : typeof x,
    expected: `{ x, ... } with x of shape [${shape.join(', ')}]`,
    fix: 'return a new record with the moved sample in `x`, made with ctx.combine',
  });
}
