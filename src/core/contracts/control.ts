import type { Tensor, Tensor1D } from '@tensorflow/tfjs';
import type { Conditioning, ConditionSpec } from './conditioning.js';
import type { ParameterLayout, ParameterSet } from './parameters.js';

/** What a control network says of itself. */
export interface ControlInfo {
  /** The conditions that `residuals` reads, all of them: those of the network that it controls, and its own. */
  readonly takes: ConditionSpec;
}

/** What a control network is told in one call: what the network that it controls is told. */
export interface ControlInput {
  /** Noisy batch `[N, H, W, C]`, already scaled by the parameterization. */
  readonly x: Tensor;
  /** `[N]`, as the parameterization says it. */
  readonly time: Tensor1D;
  readonly conditioning: Conditioning;
}

/** What is added inside the network: maps of the shapes of those that they are added to, or one number a channel. */
export interface ControlResiduals {
  /** One for each skip connection, in the order in which they are made. */
  readonly skips: readonly Tensor[];
  /** For the output of the middle. */
  readonly middle: Tensor;
}

/**
 * A network that steers another from inside: what it makes of a condition of its own (edges, depth, a pose) is added to
 * the skip connections and to the middle of a U-Net (ControlNet, Zhang et al. 2023). It fills the slot `control`, or
 * `control:label` for further ones; denoisers that can be controlled ask for all of them, and train with their weights.
 *
 * Laws (`controlLaws`): pure; a batch equals its singles; each weight has a gradient of its own shape.
 */
export interface Control {
  readonly info: ControlInfo;
  /** Weights by name, owned by the control network: they live until `dispose`. */
  readonly parameters: ParameterSet;
  /** How parameters lie in a checkpoint; `same` where absent. */
  readonly layout?: (name: string) => ParameterLayout;
  /** What is added to the other network in this call. A pure function of its arguments. */
  residuals(parameters: ParameterSet, input: ControlInput): ControlResiduals;
  /** Frees `parameters`. */
  dispose?(): void;
}
