import type { NoiseLevel } from '../contracts/noise-level.js';
import type { Parameterization, Reading } from '../contracts/parameterization.js';
import type { Objective } from '../contracts/training.js';
import { callPlugin } from './plugin-faults.js';
import { checkFinite, type Numbers } from './step-checks.js';

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
 * @throws PluginFault `RXD_PLUGIN_OUTPUT` where a number is not finite
 */
export function readLevels(levels: readonly NoiseLevel[], readers: LevelReaders): LevelNumbers {
  const { parameterization, objective } = readers;
  const readings = levels.map((level) =>
    callPlugin('parameterization', () => checkedReading(parameterization.at(level))),
  );
  const each = readings.map((reading, index) =>
    callPlugin('objective', () => ({ ...objective.coefficients(levels[index] as NoiseLevel, reading) })),
  );
  const ofParameterization = {
    inputScale: readings.map(({ inputScale }) => inputScale),
    time: readings.map(({ time }) => time),
  };
  const keys = Object.keys(each[0] ?? {});
  const coefficients = Object.fromEntries(keys.map((key) => [key, each.map((values) => values[key] ?? Number.NaN)]));
  checkFinite('parameterization', ofParameterization);
  checkFinite('objective', coefficients);
  return {
    alpha: levels.map(({ alpha }) => alpha),
    sigma: levels.map(({ sigma }) => sigma),
    ...ofParameterization,
    coefficients,
  };
}

/** A reading is passed on to the objective: what is none must not become the objective's fault. */
function checkedReading(reading: Reading): Reading {
  const { inputScale, time, denoised, noise } = reading;
  checkFinite('parameterization', { inputScale: [inputScale], time: [time] });
  checkFinite('parameterization', { 'denoised.x': [denoised.x], 'denoised.output': [denoised.output] });
  return { inputScale, time, denoised, noise };
}
