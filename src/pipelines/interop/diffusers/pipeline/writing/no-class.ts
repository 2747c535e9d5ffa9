import { DiffusionError } from '../../../../../core/errors/diffusion-error.js';

/** The error for a recipe that no class of diffusers is. */
export function noClass(got: string): DiffusionError {
  return new DiffusionError('RXD_FORMAT_UNSUPPORTED', {
    problem: 'no pipeline of diffusers that is written here is this recipe',
    got,
    expected: 'unet2d; dit with class labels; unet2d-condition with the text encoders of Stable Diffusion 1, 2 or XL',
    fix: 'save its weights (`saveWeights`), which carry the recipe',
  });
}
