import type { Scalar } from '@tensorflow/tfjs';
import type { ParameterLayout, ParameterSet } from './parameters.js';

/**
 * Changes weights of a network by name while they are read, such as a low-rank delta. A pipeline may hold several, which
 * are applied in the recipe's order, each to what the one before it made. Weights are computed once for a run, and again
 * at the next step where a live scale has changed; the network is not compiled anew.
 *
 * Laws (`adapterLaws`): `apply` is pure; what it gives has the names and shapes of `changes`; scale 0 changes nothing.
 */
export interface Adapter {
  /** The slot of the network whose weights are changed: `denoiser`, `denoiser:weak`, `conditioner`, `classifier`. */
  readonly slot: string;
  /** The weights that `apply` changes, by name, with their shapes in memory. */
  readonly changes: Readonly<Record<string, readonly number[]>>;
  /** Weights of its own, by name; they live until `dispose`. A request may give others: `parameters: { 'adapter:style': … }`. */
  readonly parameters: ParameterSet;
  /** True where training leaves `parameters` as they are: they are read all the same. */
  readonly frozen?: boolean;
  /** How its parameters lie in a checkpoint; `same` where absent. */
  readonly layout?: (name: string) => ParameterLayout;
  /** How far the weights are changed: 0 leaves them as they are. */
  readonly scale: number;
  /** The check of values of the scale that are live, `live: { 'adapter:style.scale': scale$ }`; not live where absent. */
  readonly live?: Readonly<Record<'scale', (value: unknown) => boolean>>;
  /**
   * The changed weights, by name. A pure function of its arguments, compiled by the engine.
   *
   * @param base - the weights of the slot, of which nothing may be changed or disposed
   * @param own - weights as `parameters` has them
   */
  apply(base: ParameterSet, own: ParameterSet, scale: Scalar): ParameterSet;
  /** Frees `parameters`. */
  dispose?(): void;
}
