import type { Conditioner } from '../contracts/conditioning.js';
import type { Denoiser, ParameterLayout, ParametersBySlot, ParameterSet } from '../contracts/denoiser.js';

/** What stands between a slot and a name: no name of a weight holds it. */
const BETWEEN = '::';

/** The plugins whose weights may be trained. */
export interface TrainedParts {
  readonly denoiser: Pick<Denoiser, 'parameters' | 'layout'>;
  readonly conditioner?: Conditioner | undefined;
}

/**
 * All weights that training changes, as one flat set: the denoiser's under their own names, those of another slot as
 * `slot::name`. Optimisers, averages and checkpoints hold them so.
 */
export function trainedParameters({ denoiser, conditioner }: TrainedParts): ParameterSet {
  if (conditioner?.parameters === undefined || conditioner.frozen === true) return denoiser.parameters;
  return flatParameters({ denoiser: denoiser.parameters, conditioner: conditioner.parameters });
}

/** Sets by slot as one flat set. */
export function flatParameters<T>(
  sets: Readonly<Record<string, Readonly<Record<string, T>>>>,
): Readonly<Record<string, T>> {
  const entries = Object.entries(sets).flatMap(([slot, set]) =>
    Object.entries(set).map(
      ([name, tensor]) => [slot === 'denoiser' ? name : `${slot}${BETWEEN}${name}`, tensor] as const,
    ),
  );
  return Object.fromEntries(entries);
}

/** A flat set by slot; `denoiser` is always there. */
export function parametersBySlot(flat: ParameterSet): ParametersBySlot;
export function parametersBySlot<T>(flat: Readonly<Record<string, T>>): Readonly<Record<string, Record<string, T>>>;
export function parametersBySlot<T>(flat: Readonly<Record<string, T>>): Readonly<Record<string, Record<string, T>>> {
  const sets: Record<string, Record<string, T>> = { denoiser: {} };
  for (const [key, tensor] of Object.entries(flat)) {
    const [slot, name] = splitName(key);
    (sets[slot] ??= {})[name] = tensor;
  }
  return sets;
}

/** How weights of a flat set lie in a checkpoint. */
export function layoutOf({ denoiser, conditioner }: TrainedParts): (key: string) => ParameterLayout {
  return (key) => {
    const [slot, name] = splitName(key);
    const layout = slot === 'conditioner' ? conditioner?.layout : denoiser.layout;
    return layout?.(name) ?? 'same';
  };
}

function splitName(key: string): readonly [slot: string, name: string] {
  const at = key.indexOf(BETWEEN);
  return at < 0 ? ['denoiser', key] : [key.slice(0, at), key.slice(at + BETWEEN.length)];
}
