import type { Tensor } from '@tensorflow/tfjs';
import type { Conditioning } from '../contracts/conditioning.js';
import { DiffusionError } from '../errors/diffusion-error.js';

/**
 * A condition that a network cannot do without.
 *
 * @param shape - what it should be, as an error says it: `float32 [N, tokens, 768]`
 * @throws DiffusionError `RXD_CONDITION_INVALID` where it did not come
 */
export function neededCondition(conditioning: Conditioning, name: string, shape: string): Tensor {
  const given = conditioning[name];
  if (given !== undefined) return given;
  throw new DiffusionError('RXD_CONDITION_INVALID', {
    problem: `this network reads the condition \`${name}\`, and got none`,
    got: Object.keys(conditioning).join(', ') || 'no condition',
    expected: `${name}: ${shape}`,
    fix: 'add a conditioner that gives it to the recipe, and give the request a condition',
  });
}
