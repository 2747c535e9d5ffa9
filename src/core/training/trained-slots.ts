import type { Codec } from '../contracts/codec.js';
import type { Conditioner } from '../contracts/conditioning.js';
import type { Denoiser, ParameterLayout, ParametersBySlot, ParameterSet } from '../contracts/denoiser.js';

/** What stands between a slot and a name: no name of a weight holds it. */
const BETWEEN = '::';

/** The plugins whose weights may be trained. */
export interface TrainedParts {
  readonly denoiser: Pick<Denoiser, 'parameters' | 'layout'>;
  readonly conditioner?: Conditioner | undefined;
  /** Its weights stay as they are, and lie beside those that are trained. */
  readonly codec?: Pick<Codec, 'parameters' | 'layout'> | undefined;
}

/**
 * All weights that training changes, as one flat set: the denoiser's under their own names, those of another slot as
 * `slot::name`. Optimisers, averages and checkpoints hold them so.
 *
 * @param given - weights by slot, where they are not the plugins' own
 */
export function trainedParameters({ denoiser, conditioner }: TrainedParts, given: ParametersBySlot = {}): ParameterSet {
  const network = given['denoiser'] ?? denoiser.parameters;
  if (conditioner?.parameters === undefined || conditioner.frozen === true) return network;
  return flatParameters({ denoiser: network, conditioner: given['conditioner'] ?? conditioner.parameters });
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
export function layoutOf({ denoiser, conditioner, codec }: TrainedParts): (key: string) => ParameterLayout {
  const others = new Map<string, Pick<TrainedParts['denoiser'], 'layout'> | undefined>([
    ['conditioner', conditioner],
    ['codec', codec],
  ]);
  return layoutBySlot((slot) => (others.has(slot) ? others.get(slot) : denoiser));
}

/** The same for a flat set of any slots. */
export function layoutBySlot(
  pluginIn: (slot: string) => { readonly layout?: (name: string) => ParameterLayout } | undefined,
): (key: string) => ParameterLayout {
  return (key) => {
    const [slot, name] = splitName(key);
    return pluginIn(slot)?.layout?.(name) ?? 'same';
  };
}

function splitName(key: string): readonly [slot: string, name: string] {
  const at = key.indexOf(BETWEEN);
  return at < 0 ? ['denoiser', key] : [key.slice(0, at), key.slice(at + BETWEEN.length)];
}
