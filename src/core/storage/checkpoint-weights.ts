import type { Denoiser, ParameterSet } from '../contracts/denoiser.js';
import type { Engine } from '../contracts/engine.js';
import { toDisk, toMemory, parametersOf } from '../tensors/parameters.js';
import type { FitData } from '../training/fit-data.js';
import type { Checkpoint } from './checkpoint.js';
import type { Recipe } from '../plugins/recipe.js';

/**
 * The weights of a checkpoint to sample with (the average where it has one) as tensors of the caller.
 *
 * @throws DiffusionError `RXD_PARAMETERS_MISMATCH` where they are those of another network
 */
export function checkpointWeights(checkpoint: Checkpoint, denoiser: Denoiser, engine: Engine): ParameterSet {
  const weights = toMemory(checkpoint.average ?? checkpoint.parameters, denoiser.layout);
  return engine.run(() => parametersOf(weights, denoiser.parameters));
}

/** What training goes on from. Optimiser state lies as in memory, on disk too. */
export function fitDataOf({ parameters, optimizer, average, step }: Checkpoint, denoiser: Denoiser): FitData {
  const kept = average === undefined ? {} : { average: toMemory(average, denoiser.layout) };
  return { parameters: toMemory(parameters, denoiser.layout), optimizer, ...kept, step };
}

/** A fit as a checkpoint that says by which recipe it was made, and by which run. */
export function checkpointOf(data: FitData, denoiser: Denoiser, recipe: Recipe, run?: string): Checkpoint {
  const { parameters, optimizer, average, step } = data;
  const kept = average === undefined ? {} : { average: toDisk(average, denoiser.layout) };
  const made = run === undefined ? {} : { run };
  return { ...made, parameters: toDisk(parameters, denoiser.layout), optimizer, ...kept, step, recipe };
}
