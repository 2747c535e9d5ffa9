import type { Adapter } from '../contracts/adapter.js';
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
  /** Adapters by slot. Where one is not frozen, adapters are trained, and the networks that they change are not. */
  readonly adapters?: Readonly<Record<string, Pick<Adapter, 'parameters' | 'layout' | 'frozen'>>> | undefined;
}

/** The slots of the adapters that learn. */
export function learningAdapters({ adapters = {} }: Pick<TrainedParts, 'adapters'>): readonly string[] {
  return Object.entries(adapters).flatMap(([slot, { frozen }]) => (frozen === true ? [] : [slot]));
}

/**
 * All weights that training changes, as one flat set: the denoiser's under their own names, those of another slot as
 * `slot::name`. Where adapters learn, theirs alone. Optimisers, averages and checkpoints hold them so.
 *
 * @param given - weights by slot, where they are not the plugins' own
 */
export function trainedParameters(parts: TrainedParts, given: ParametersBySlot = {}): ParameterSet {
  const { denoiser, conditioner, adapters = {} } = parts;
  const learning = learningAdapters(parts);
  const own = (slot: string): ParameterSet => given[slot] ?? adapters[slot]?.parameters ?? {};
  if (learning.length > 0) return flatParameters(Object.fromEntries(learning.map((slot) => [slot, own(slot)])));
  const network = given['denoiser'] ?? denoiser.parameters;
  if (conditioner?.parameters === undefined || conditioner.frozen === true) return network;
  return flatParameters({ denoiser: network, conditioner: given['conditioner'] ?? conditioner.parameters });
}

/**
 * Weights by slot that updates read and leave as they are: those of a frozen conditioner and of frozen adapters, and where
 * adapters learn those of the networks.
 *
 * @param given - weights by slot, where they are not the plugins' own
 */
export function stillParameters(parts: TrainedParts, given: ParametersBySlot = {}): ParametersBySlot {
  const { denoiser, conditioner, adapters = {} } = parts;
  const learning = learningAdapters(parts);
  const still: Record<string, ParameterSet> = {};
  if (learning.length > 0) still['denoiser'] = given['denoiser'] ?? denoiser.parameters;
  if (conditioner?.parameters !== undefined && (learning.length > 0 || conditioner.frozen === true))
    still['conditioner'] = given['conditioner'] ?? conditioner.parameters;
  for (const [slot, { parameters }] of Object.entries(adapters))
    if (!learning.includes(slot)) still[slot] = given[slot] ?? parameters;
  return still;
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

/** A flat set by slot; `denoiser` is there too, unless all weights are those of other slots. */
export function parametersBySlot(flat: ParameterSet): ParametersBySlot;
export function parametersBySlot<T>(flat: Readonly<Record<string, T>>): Readonly<Record<string, Record<string, T>>>;
export function parametersBySlot<T>(flat: Readonly<Record<string, T>>): Readonly<Record<string, Record<string, T>>> {
  const sets: Record<string, Record<string, T>> = {};
  for (const [key, tensor] of Object.entries(flat)) {
    const [slot, name] = splitName(key);
    (sets[slot] ??= {})[name] = tensor;
  }
  return Object.keys(sets).length === 0 ? { denoiser: {} } : sets;
}

/** How weights of a flat set lie in a checkpoint. */
export function layoutOf({
  denoiser,
  conditioner,
  codec,
  adapters = {},
}: TrainedParts): (key: string) => ParameterLayout {
  const others = new Map<string, Pick<TrainedParts['denoiser'], 'layout'> | undefined>([
    ['conditioner', conditioner],
    ['codec', codec],
    ...Object.entries(adapters),
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
