import { Tensor } from '@tensorflow/tfjs';
import type { TensorTree } from '../contracts/engine.js';
import { DiffusionError } from '../errors/diffusion-error.js';

/**
 * Throws `RXD_ENGINE_FAILED` where a tree holds a tensor that was disposed. Backends themselves fail on one with an
 * error of their insides, or read memory that holds something else by then.
 *
 * @param engine - name of the engine that was to compute
 */
export function refuseDisposed(tree: TensorTree, engine: string): void {
  if (!holdsDisposed(tree)) return;
  const path = disposedAt(tree, '');
  throw new DiffusionError('RXD_ENGINE_FAILED', {
    problem: 'compiled work was given a tensor that was disposed',
    got: path === '' ? 'a disposed tensor' : `a disposed tensor at \`${path}\``,
    expected: 'tensors that are alive',
    fix: 'dispose of a tensor after the last work that uses it; clone() a lent one to keep it',
    plugin: `engine/${engine}`,
  });
}

/** Asked of all that is computed: it makes no names. */
function holdsDisposed(tree: TensorTree): boolean {
  if (tree instanceof Tensor) return tree.isDisposed;
  for (const branch of Object.values<TensorTree>(tree)) if (holdsDisposed(branch)) return true;
  return false;
}

/** Where the first disposed tensor is: `parameters.conv_in.weight`. */
function disposedAt(tree: TensorTree, path: string): string | undefined {
  if (tree instanceof Tensor) return tree.isDisposed ? path : undefined;
  for (const [key, branch] of Object.entries(tree)) {
    const found = disposedAt(branch, path === '' ? key : `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}
