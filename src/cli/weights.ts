import { InvalidArgumentError } from 'commander';
import { DiffusionError, loadWeights, Roles, type Diffusion, type LoadedWeights } from '../index.js';
import { openWeightsFile } from '../node.js';

/** Files of weights by the slot of their network. */
export type WeightFiles = Readonly<Record<string, string>>;

type WeightedRole = 'denoiser' | 'adapter' | 'conditioner' | 'codec' | 'classifier';
const SLOT = /^(denoiser|adapter|conditioner|codec|classifier)(?::([^\s:]+))?$/;

/** `--weights slot=file`, collected. */
export function collectWeights(text: string, before: WeightFiles = {}): WeightFiles {
  const at = text.indexOf('=');
  const [slot, file] = [text.slice(0, at), text.slice(at + 1)];
  if (at < 1 || file === '')
    throw new InvalidArgumentError('Give slot=file, for example --weights denoiser:weak=weak.safetensors');
  if (!SLOT.test(slot))
    throw new InvalidArgumentError(
      `There are weights for denoiser, adapter, conditioner, codec and classifier, with or without :label, not for ${slot}.`,
    );
  return { ...before, [slot]: file };
}

/** The weights of files by slot, as tensors of the caller. A file for the denoiser brings what was trained with it. */
export async function weightsFrom(
  files: WeightFiles,
  assembly: Diffusion['assembly'],
): Promise<Readonly<Record<string, LoadedWeights>>> {
  const loaded: Record<string, LoadedWeights> = {};
  try {
    for (const [slot, file] of Object.entries(files)) {
      const [, role, label] = SLOT.exec(slot) ?? [];
      const has = assembly.find<unknown>(Roles[role as WeightedRole], label) !== undefined;
      if (!has) throw noSuchSlot(slot, file);
      await using weights = await openWeightsFile(file);
      loaded[slot] = await loadWeights(weights, assembly, slot === 'denoiser' ? undefined : slot);
    }
    return loaded;
  } catch (error) {
    for (const one of Object.values(loaded)) one.dispose();
    throw error;
  }
}

function noSuchSlot(slot: string, file: string): DiffusionError {
  return new DiffusionError('RXD_RECIPE_INVALID', {
    problem: `--weights gives a file for ${slot}, a slot that the recipe does not fill`,
    got: file,
    expected: `a recipe with a network in ${slot}`,
    fix: `fill it: --use '${slot}={"name": "...", "config": {...}}'`,
  });
}
