import type { Engine } from '../contracts/engine.js';
import type { NoiseSource } from '../contracts/noise-source.js';
import type { ParameterLayout, ParameterSet } from '../contracts/parameters.js';
import { madeTensors } from '../tensors/made-tensors.js';
import { checkParameters, orderInMemory } from '../tensors/parameters.js';
import type { ReadableTensors } from '../tensors/plain-tensor.js';
import { ordered } from '../tensors/readable-tensor.js';
import { initialParameters } from './initial-parameters.js';
import type { ParameterSpecs } from './parameter-specs.js';

/** Where the weights of a network come from. */
export interface ParametersFrom {
  /** The engine that they are made on; the backend of tfjs where absent. */
  readonly engine?: Engine | undefined;
  /** Draws initial weights. */
  readonly noise: NoiseSource;
  readonly seed: number;
  /** The weights, as they lie in a file; initial ones where absent. */
  readonly weights?: ReadableTensors | undefined;
}

/**
 * The weights that a network begins with: those that its pipeline was given for its slot, read one after the other, or
 * initial ones. Whoever asks owns them.
 *
 * @throws DiffusionError `RXD_PARAMETERS_MISMATCH` for weights of another network; `RXD_FILE_CORRUPT`
 */
export async function ownParameters(specs: ParameterSpecs, from: ParametersFrom): Promise<ParameterSet> {
  const { engine, noise, seed, weights } = from;
  await engine?.start();
  if (weights === undefined) {
    const make = (): ParameterSet => initialParameters(specs, noise, seed);
    return engine ? engine.run(make) : make();
  }
  return givenParameters(specs, weights, engine);
}

/**
 * Weights that lie as in a file, as tensors in memory order: read one after the other. Whoever asks owns them.
 *
 * @param specs - names and shapes in memory order, and how each lies in a file
 * @throws DiffusionError as `ownParameters` does
 */
export async function givenParameters(
  specs: Readonly<Record<string, { readonly shape: readonly number[]; readonly layout?: ParameterLayout }>>,
  weights: ReadableTensors,
  engine: Pick<Engine, 'run'> = { run: (work) => work() },
): Promise<ParameterSet> {
  const inMemory = ordered(weights, (name) => orderInMemory((one) => specs[one]?.layout ?? 'same', name));
  checkParameters(inMemory, specs);
  return madeTensors(inMemory, engine);
}
