import { InvalidArgumentError } from 'commander';
import { DiffusionError, loadWeights, Roles, type Diffusion, type LoadedWeights } from '../index.js';
import { openWeightsFile } from '../node.js';

/** Files of weights by the slot of their network. */
export type WeightFiles = Readonly<Record<string, string>>;

const WEAK = 'denoiser:weak';

/** `--weights slot=file`, collected. */
export function collectWeights(text: string, before: WeightFiles = {}): WeightFiles {
  const at = text.indexOf('=');
  const [slot, file] = [text.slice(0, at), text.slice(at + 1)];
  if (at < 1 || file === '')
    throw new InvalidArgumentError('Give slot=file, for example --weights denoiser:weak=weak.safetensors');
  if (slot !== WEAK && slot !== 'denoiser')
    throw new InvalidArgumentError(`There are weights for denoiser and ${WEAK}, not for ${slot}.`);
  return { ...before, [slot]: file };
}

/** The weights of a file for a slot, as tensors of the caller; `undefined` where no file was named. */
export async function weightsFrom(
  files: WeightFiles,
  slot: 'denoiser' | typeof WEAK,
  assembly: Diffusion['assembly'],
): Promise<LoadedWeights | undefined> {
  const file = files[slot];
  if (file === undefined) return undefined;
  const label = slot === WEAK ? 'weak' : undefined;
  if (assembly.find(Roles.denoiser, label) === undefined) throw noSuchSlot(file);
  await using weights = await openWeightsFile(file);
  return await loadWeights(weights, assembly, label);
}

function noSuchSlot(file: string): DiffusionError {
  return new DiffusionError('RXD_RECIPE_INVALID', {
    problem: `--weights gives a file for ${WEAK}, a slot that the recipe does not fill`,
    got: file,
    expected: `a recipe with a network in ${WEAK}`,
    fix: `fill it: --use '${WEAK}={"name": "...", "config": {...}}'`,
  });
}
