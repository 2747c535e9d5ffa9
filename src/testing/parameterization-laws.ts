import type { NoiseLevel } from '../core/contracts/noise-level.js';
import type { Parameterization, Preconditioning } from '../core/contracts/parameterization.js';
import { close, lawsOf } from './broken-law.js';

const holds = lawsOf('parameterizations');

/**
 * Checks the law of the parameterization contract at some levels with `sigma > 0` and `alpha > 0`: whatever the network
 * says, `alpha * denoised + sigma * noise` is the noisy sample, all numbers are finite, and equal calls give equal
 * readings.
 *
 * @throws Error that says which law is broken.
 */
export function parameterizationLaws(parameterization: Parameterization, levels: readonly NoiseLevel[]): void {
  for (const level of levels) {
    const reading = parameterization.at(level);
    const { denoised, noise } = reading;
    const { alpha, sigma } = level;
    const numbers = [reading.inputScale, reading.time, denoised.x, denoised.output, noise.x, noise.output];
    holds(numbers.every(Number.isFinite), `all numbers are finite (t = ${level.t})`);
    const size = Math.max(1, Math.abs(alpha * denoised.x), Math.abs(alpha * denoised.output));
    holds(
      close(alpha * denoised.x + sigma * noise.x, 1, 1e-9 * size),
      `x = alpha * denoised + sigma * noise in x (t = ${level.t})`,
    );
    holds(
      close(alpha * denoised.output + sigma * noise.output, 0, 1e-9 * size),
      `x = alpha * denoised + sigma * noise in the output (t = ${level.t})`,
    );
    const again: Preconditioning = parameterization.at(level);
    holds(JSON.stringify(again) === JSON.stringify(reading), 'equal calls give equal readings');
  }
}
