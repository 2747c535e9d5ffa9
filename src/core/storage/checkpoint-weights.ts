import type { Denoiser, ParametersBySlot, ParameterSet } from '../contracts/denoiser.js';
import type { Engine } from '../contracts/engine.js';
import { orderInMemory, orderOnDisk, toDisk, toMemory, parametersOf } from '../tensors/parameters.js';
import type { PlainTensors, ReadableTensors } from '../tensors/plain-tensor.js';
import { ordered, readableOf } from '../tensors/readable-tensor.js';
import type { FitData, ReadableFit } from '../training/fit-data.js';
import { layoutOf, parametersBySlot, trainedParameters, type TrainedParts } from '../training/trained-slots.js';
import type { Checkpoint, ReadableCheckpoint } from './checkpoint.js';
import type { Origin } from './stored-metadata.js';
import type { Recipe } from '../assembly/recipe.js';

/**
 * The weights of a checkpoint to sample with (the average where it has one) as tensors of the caller.
 *
 * @throws DiffusionError `RXD_PARAMETERS_MISMATCH` where they are those of another network
 */
export function checkpointWeights(checkpoint: Checkpoint, denoiser: Denoiser, engine: Engine): ParameterSet {
  const { denoiser: own = {} } = parametersBySlot(checkpoint.average ?? checkpoint.parameters);
  return engine.run(() => parametersOf(toMemory(own, denoiser.layout), denoiser.parameters));
}

/**
 * As `checkpointWeights`, for every slot that was trained: `sample({ parameters })` takes them.
 *
 * @throws DiffusionError `RXD_PARAMETERS_MISMATCH` where they are those of other networks
 */
export function checkpointWeightsBySlot(checkpoint: Checkpoint, parts: TrainedParts, engine: Engine): ParametersBySlot {
  const flat = toMemory(checkpoint.average ?? checkpoint.parameters, layoutOf(parts));
  return parametersBySlot(engine.run(() => parametersOf(flat, trainedParameters(parts))));
}

/** What training goes on from. Optimiser state lies as in memory, on disk too. */
export function fitDataOf({ parameters, optimizer, average, step }: Checkpoint, parts: TrainedParts): FitData {
  const kept = average === undefined ? {} : { average: toMemory(average, layoutOf(parts)) };
  return { parameters: toMemory(parameters, layoutOf(parts)), optimizer, ...kept, step };
}

/** The same of a checkpoint whose tensors are read when they are needed. */
export function readableFitOf(checkpoint: ReadableCheckpoint, parts: TrainedParts): ReadableFit {
  const layout = layoutOf(parts);
  const { parameters, optimizer, average, step } = checkpoint;
  const inMemory = (tensors: ReadableTensors): ReadableTensors =>
    ordered(tensors, (name) => orderInMemory(layout, name));
  const kept = average === undefined ? {} : { average: inMemory(average) };
  const close = async (): Promise<void> => checkpoint.close?.();
  return { parameters: inMemory(parameters), optimizer, ...kept, step, close };
}

/** A fit as a checkpoint that says by which recipe it was made, and by which run. */
export function checkpointOf(data: FitData, parts: TrainedParts, recipe: Recipe, run?: string): Checkpoint {
  const { parameters, optimizer, average, step } = data;
  const kept = average === undefined ? {} : { average: toDisk(average, layoutOf(parts)) };
  const made = run === undefined ? {} : { run };
  return { ...made, parameters: toDisk(parameters, layoutOf(parts)), optimizer, ...kept, step, recipe };
}

/** The same to be written: no tensor is laid out otherwise before its turn. */
export function writtenCheckpoint(
  { parameters, optimizer, average, step }: FitData,
  parts: TrainedParts,
  origin: Omit<Origin, 'step'>,
): ReadableCheckpoint {
  const layout = layoutOf(parts);
  const onDisk = (tensors: PlainTensors): ReadableTensors =>
    ordered(readableOf(tensors), (name) => orderOnDisk(layout, name));
  const kept = average === undefined ? {} : { average: onDisk(average) };
  return { ...origin, step, parameters: onDisk(parameters), optimizer: readableOf(optimizer), ...kept };
}
