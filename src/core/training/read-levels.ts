import type { NoiseLevel } from '../contracts/noise-level.js';
import type { Parameterization, Preconditioning } from '../contracts/parameterization.js';
import type { Objective } from '../contracts/training.js';
import { identityOf } from '../assembly/plugin-identity.js';
import { checkFinite, type Numbers } from './step-checks.js';
import { blame } from '../errors/blame.js';

/** All that the train step must know of the noise levels of a batch, in doubles. */
export interface LevelNumbers {
  readonly alpha: Numbers;
  readonly sigma: Numbers;
  readonly inputScale: Numbers;
  readonly time: Numbers;
  /** The objective's own coefficients, by name. */
  readonly coefficients: Readonly<Record<string, Numbers>>;
}

/** Who says the numbers. */
export interface LevelReaders {
  readonly parameterization: Parameterization;
  readonly objective: Objective;
}

/**
 * Asks the parameterization and the objective for the numbers of each sample's level.
 *
 * @throws DiffusionError `RXD_PLUGIN_OUTPUT` where a number is not finite
 */
export function readLevels(levels: readonly NoiseLevel[], readers: LevelReaders): LevelNumbers {
  const { parameterization, objective } = readers;
  const [reader, asker] = [identityOf(parameterization, 'parameterization'), identityOf(objective, 'objective')];
  const readings = levels.map((level) => checkedReading(parameterization.at(level), reader));
  const coefficients: Record<string, number[]> = {};
  readings.forEach((reading, index) => {
    const own = objective.coefficients(levels[index] as NoiseLevel, ownReading(reading));
    for (const key of Object.keys(index === 0 ? (own ?? {}) : coefficients))
      (coefficients[key] ??= []).push(own?.[key] ?? Number.NaN);
  });
  const ofParameterization = {
    inputScale: readings.map(({ inputScale }) => inputScale),
    time: readings.map(({ time }) => time),
  };
  checkFinite(reader, ofParameterization);
  checkFinite(asker, coefficients);
  return {
    alpha: levels.map(({ alpha }) => alpha),
    sigma: levels.map(({ sigma }) => sigma),
    ...ofParameterization,
    coefficients,
  };
}

/** A reading is passed on to the objective: what is none must not become the objective's fault. */
function checkedReading(reading: Preconditioning, plugin: string): Preconditioning {
  try {
    const { inputScale, time, denoised, noise } = reading;
    checkFinite(plugin, { inputScale: [inputScale], time: [time] });
    checkFinite(plugin, { 'denoised.x': [denoised.x], 'denoised.output': [denoised.output] });
    return { inputScale, time, denoised, noise };
  } catch (error) {
    throw blame(error, plugin);
  }
}

/** A copy: an objective that writes into it changes nobody's reading. */
function ownReading({ inputScale, time, denoised, noise }: Preconditioning): Preconditioning {
  return {
    inputScale,
    time,
    denoised: { x: denoised.x, output: denoised.output },
    noise: { x: noise.x, output: noise.output },
  };
}
