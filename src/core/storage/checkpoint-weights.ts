import type { Denoiser, ParametersBySlot, ParameterSet } from '../contracts/denoiser.js';
import type { Engine } from '../contracts/engine.js';
import { orderInMemory, orderOnDisk, toDisk, toMemory, parametersOf } from '../tensors/parameters.js';
import type { PlainTensors, ReadableTensors } from '../tensors/plain-tensor.js';
import { ordered, readableOf } from '../tensors/readable-tensor.js';
import type { FitData, ReadableFit } from '../training/fit-data.js';
import {
  flatParameters,
  layoutOf,
  parametersBySlot,
  trainedParameters,
  type TrainedParts,
} from '../training/trained-slots.js';
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
 * As `checkpointWeights`, for every slot that the checkpoint has weights of: `sample({ parameters })` takes them.
 *
 * @throws DiffusionError `RXD_PARAMETERS_MISMATCH` where they are those of other networks
 */
export function checkpointWeightsBySlot(checkpoint: Checkpoint, parts: TrainedParts, engine: Engine): ParametersBySlot {
  const { average, parameters, kept = {} } = checkpoint;
  const flat = toMemory({ ...(average ?? parameters), ...kept }, layoutOf(parts));
  const { conditioner, codec } = parts;
  const own = flatParameters({ conditioner: conditioner?.parameters ?? {}, codec: codec?.parameters ?? {} });
  const isKept = ([name]: readonly [string, unknown]): boolean => Object.hasOwn(kept, name);
  const like = { ...trainedParameters(parts), ...Object.fromEntries(Object.entries(own).filter(isKept)) };
  return parametersBySlot(engine.run(() => parametersOf(flat, like)));
}

/** What training goes on from. Optimiser state lies as in memory, on disk too. */
export function fitDataOf({ parameters, optimizer, average, kept, step }: Checkpoint, parts: TrainedParts): FitData {
  const layout = layoutOf(parts);
  return {
    parameters: toMemory(parameters, layout),
    optimizer,
    ...(average === undefined ? {} : { average: toMemory(average, layout) }),
    ...(kept === undefined ? {} : { kept: toMemory(kept, layout) }),
    step,
  };
}

/** The same of a checkpoint whose tensors are read when they are needed. */
export function readableFitOf(checkpoint: ReadableCheckpoint, parts: TrainedParts): ReadableFit {
  const layout = layoutOf(parts);
  const { parameters, optimizer, average, kept, step } = checkpoint;
  const inMemory = (tensors: ReadableTensors): ReadableTensors =>
    ordered(tensors, (name) => orderInMemory(layout, name));
  const close = async (): Promise<void> => checkpoint.close?.();
  return {
    parameters: inMemory(parameters),
    optimizer,
    ...(average === undefined ? {} : { average: inMemory(average) }),
    ...(kept === undefined ? {} : { kept: inMemory(kept) }),
    step,
    close,
  };
}

/** A fit as a checkpoint that says by which recipe it was made, and by which run. */
export function checkpointOf(data: FitData, parts: TrainedParts, recipe: Recipe, run?: string): Checkpoint {
  const { parameters, optimizer, average, kept, step } = data;
  const layout = layoutOf(parts);
  return {
    ...(run === undefined ? {} : { run }),
    parameters: toDisk(parameters, layout),
    optimizer,
    ...(average === undefined ? {} : { average: toDisk(average, layout) }),
    ...(kept === undefined ? {} : { kept: toDisk(kept, layout) }),
    step,
    recipe,
  };
}

/** The same to be written: no tensor is laid out otherwise before its turn. */
export function writtenCheckpoint(
  { parameters, optimizer, average, kept, step }: FitData,
  parts: TrainedParts,
  origin: Omit<Origin, 'step'>,
): ReadableCheckpoint {
  const layout = layoutOf(parts);
  const onDisk = (tensors: PlainTensors): ReadableTensors =>
    ordered(readableOf(tensors), (name) => orderOnDisk(layout, name));
  return {
    ...origin,
    step,
    parameters: onDisk(parameters),
    optimizer: readableOf(optimizer),
    ...(average === undefined ? {} : { average: onDisk(average) }),
    ...(kept === undefined ? {} : { kept: onDisk(kept) }),
  };
}
