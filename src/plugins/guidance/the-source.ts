import type { GuidanceSource } from '../../core/contracts/guidance.js';
import { DiffusionError } from '../../core/errors/diffusion-error.js';

/** What a source says that the guidance `asks`. */
export function theSource<T>(source: (() => T) | undefined, name: GuidanceSource): T {
  if (source !== undefined) return source();
  throw new DiffusionError('RXD_COMBINATION', {
    problem: `guidance got nothing to ask: no ${name}`,
    expected: 'the sources that `asks` names',
    fix: 'give the run what the guidance asks',
  });
}
