import * as tf from '@tensorflow/tfjs';
import { DiffusionError } from '../../../core/errors/diffusion-error.js';
import type { ConditionSpec } from '../../../core/contracts/conditioning.js';
import type { Control, ControlInput, ControlResiduals } from '../../../core/contracts/control.js';
import type { ParameterLayout, ParameterSet } from '../../../core/contracts/parameters.js';

/** The output of the middle, and all skip connections. */
interface MapAndSkips {
  readonly map: tf.Tensor4D;
  readonly skips: readonly tf.Tensor4D[];
}

/** Control networks by slot. Their weights are called by their own names behind `control/` or `control:label/`. */
export class Controls {
  readonly #bySlot: readonly (readonly [slot: string, control: Control])[];

  constructor(bySlot: Readonly<Record<string, Control>>) {
    this.#bySlot = Object.entries(bySlot);
  }

  /** The weights of all, under the names that they have here. */
  get parameters(): ParameterSet {
    const named = this.#bySlot.flatMap(([slot, { parameters }]) =>
      Object.entries(parameters).map(([name, tensor]) => [`${slot}/${name}`, tensor] as const),
    );
    return Object.fromEntries(named);
  }

  /** The conditions that they read. */
  get takes(): ConditionSpec {
    return Object.assign({}, ...this.#bySlot.map(([, { info }]) => info.takes)) as ConditionSpec;
  }

  /** How a weight of theirs lies in a checkpoint; nothing for one that is not theirs. */
  layout(name: string): ParameterLayout | undefined {
    const [slot, control] = this.#bySlot.find(([of]) => name.startsWith(`${of}/`)) ?? [];
    if (slot === undefined || control === undefined) return undefined;
    return control.layout?.(name.slice(slot.length + 1)) ?? 'same';
  }

  /** Adds what they make of a call to the maps of the other network. */
  added(parameters: ParameterSet, input: ControlInput, maps: MapAndSkips): MapAndSkips {
    return this.#bySlot.reduce(
      (sum, [slot, control]) => withResiduals(sum, control.residuals(namedBelow(parameters, `${slot}/`), input)),
      maps,
    );
  }
}

function namedBelow(parameters: ParameterSet, prefix: string): ParameterSet {
  const own = Object.entries(parameters).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(own.map(([name, tensor]) => [name.slice(prefix.length), tensor]));
}

function withResiduals({ map, skips }: MapAndSkips, residuals: ControlResiduals): MapAndSkips {
  const fits = (one: tf.Tensor, other: tf.Tensor | undefined) => one.shape[3] === other?.shape[3];
  if (residuals.skips.length !== skips.length || !skips.every((skip, at) => fits(skip, residuals.skips[at])))
    throw new DiffusionError('RXD_COMBINATION', {
      problem: 'the control network is made for another U-Net',
      got: `residuals of ${channelsSaid(residuals.skips)} channels`,
      expected: `${channelsSaid(skips)} channels, those of the skip connections`,
      fix: 'choose a control network that was trained for this kind of model',
    });
  return {
    map: tf.add(map, residuals.middle),
    skips: skips.map((skip, at) => tf.add(skip, residuals.skips[at] ?? 0)),
  };
}

const channelsSaid = (maps: readonly tf.Tensor[]): string => maps.map(({ shape }) => shape[3]).join(', ');
