import { DiffusionError } from '../../core/errors/diffusion-error.js';
import type { ParameterLayout, ParameterSet } from '../../core/contracts/parameters.js';
import type { ParameterSpec, ParameterSpecs } from '../../core/networks/parameter-specs.js';

/** A network whose weights may be changed. */
export interface Changeable {
  readonly parameters?: ParameterSet;
  readonly layout?: (name: string) => ParameterLayout;
}

/** Which layers of a network get deltas, and of which rank. */
export interface AskedLayers {
  /** Slot of the network. */
  readonly slot: string;
  readonly rank: number;
  readonly alpha?: number | undefined;
  /** Patterns of names of weights. */
  readonly targets: readonly string[];
  /** Rank and alpha by the name of a weight, in place of all the others. */
  readonly layers?:
    Readonly<Record<string, { readonly rank: number; readonly alpha?: number | undefined }>> | undefined;
}

/** A layer with a delta: its weight is `[in, out]`, or `[height, width, in, out]` for a convolution. */
export interface Layer {
  readonly name: string;
  readonly shape: readonly number[];
  readonly layout: ParameterLayout;
  readonly rank: number;
  /** By what its delta is multiplied, beside the scale. */
  readonly factor: number;
}

/** Names of the two tensors of a delta. */
export const downOf = (name: string): string => `${name}.lora_down`;
export const upOf = (name: string): string => `${name}.lora_up`;

/**
 * The layers of a network that are asked for, linear ones and convolutions, in the network's order.
 *
 * @throws DiffusionError `RXD_COMBINATION` where a name or a pattern is that of none
 */
export function layersOf(networks: Readonly<Record<string, Changeable>>, asked: AskedLayers): readonly Layer[] {
  const network = Object.hasOwn(networks, asked.slot) ? networks[asked.slot] : undefined;
  if (network?.parameters === undefined) throw noNetwork(asked.slot, networks);
  const known = Object.entries(network.parameters).flatMap(([name, { shape }]) => {
    const layout = network.layout?.(name) ?? 'same';
    return layout === 'same' ? [] : [{ name, shape, layout }];
  });
  const names = known.map(({ name }) => name);
  const chosen = asked.layers ? exactly(Object.keys(asked.layers), names) : fitting(asked.targets, names);
  return known.flatMap((layer) => {
    if (!chosen.has(layer.name)) return [];
    const { rank, alpha = rank } = asked.layers?.[layer.name] ?? asked;
    return [{ ...layer, rank, factor: alpha / rank }];
  });
}

/** The two tensors of each delta. Down keeps the window of a convolution, up has none: together one of low rank. */
export function deltaSpecs(layers: readonly Layer[]): ParameterSpecs {
  const specs = layers.flatMap(({ name, shape, layout, rank }) => {
    const [window, out] = [shape.slice(0, -1), shape.at(-1) ?? 1];
    const fanIn = window.reduce((product, side) => product * side, 1);
    const down: ParameterSpec = {
      ...{ kind: 'embedding', layout, shape: [...window, rank] },
      ...{ fanIn, deviation: 1 / Math.sqrt(fanIn) },
    };
    const up: ParameterSpec = {
      ...{ kind: 'zero', layout, shape: [...shape.slice(0, -2).map(() => 1), rank, out] },
      fanIn: rank,
    };
    return [[downOf(name), down] as const, [upOf(name), up] as const];
  });
  return Object.fromEntries(specs);
}

function exactly(wanted: readonly string[], names: readonly string[]): ReadonlySet<string> {
  const known = new Set(names);
  const vain = wanted.find((name) => !known.has(name));
  if (vain !== undefined) throw noLayer(vain, names);
  return new Set(wanted);
}

function fitting(targets: readonly string[], names: readonly string[]): ReadonlySet<string> {
  const found = targets.map((target) => {
    const pattern = patternOf(target);
    const fit = names.filter((name) => pattern.test(name));
    if (fit.length === 0) throw noLayer(target, names);
    return fit;
  });
  return new Set(found.flat());
}

function patternOf(target: string): RegExp {
  const parts = target.split('*').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('.*')}$`);
}

function noLayer(got: string, names: readonly string[]): DiffusionError {
  return new DiffusionError('RXD_COMBINATION', {
    problem: 'the adapter’s targets name no linear or convolution weight of the network',
    got,
    expected: `names such as ${names.slice(0, 4).join(', ')}`,
    fix: 'correct `targets`, `layers` or `slot` in the config of the adapter; in `targets`, `*` stands for any characters',
    plugin: 'adapter/low-rank',
  });
}

function noNetwork(slot: string, networks: Readonly<Record<string, Changeable>>): DiffusionError {
  const known = Object.entries(networks).flatMap(([key, { parameters }]) => (parameters ? [key] : []));
  return new DiffusionError('RXD_COMBINATION', {
    problem: `there is no network in the slot ${slot}`,
    got: known.join(', ') || 'no networks',
    expected: slot,
    fix: 'correct `slot` in the config of the adapter, or fill the slot with a network',
    plugin: 'adapter/low-rank',
  });
}
