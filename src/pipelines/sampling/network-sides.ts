import * as tf from '@tensorflow/tfjs';
import type { Classifier } from '../../core/contracts/classifier.js';
import type { Denoiser, ParameterSet } from '../../core/contracts/denoiser.js';
import type { GuidanceBranches } from '../../core/contracts/guidance.js';
import type { Reading } from '../../core/contracts/parameterization.js';
import type { Denoised } from '../../core/contracts/sampler.js';
import type { Vector } from '../../core/contracts/vector.js';
import { blame } from '../../core/errors/blame.js';
import { identityOf } from '../../core/plugins/plugin-identity.js';
import { asVector, tensorOf, tensorSpace } from '../../core/tensors/tensor-space.js';
import { classGradient } from './class-gradient.js';
import { callInput, networkCall, type CallInput } from './network-call.js';
import { NetworkReading } from './network-reading.js';
import { conditionsFor, type PreparedConditions } from './prepared-conditions.js';
import type { ReverseParts } from './reverse-parts.js';

/** What the network calls of a step share. */
export interface NetworkSetting {
  readonly parts: ReverseParts;
  readonly parameters: ParameterSet;
  /** Weights of the weaker network, where they are not its own. */
  readonly weakParameters?: ParameterSet | undefined;
  readonly conditions: PreparedConditions;
  readonly index: number;
}

/** The conditional and the unconditional reading of one batched call. */
export interface BothSides {
  readonly conditional: Denoised;
  readonly unconditional: Denoised;
}

/** What the networks of a run say of `x` at one level: each is called when it is asked. */
export class NetworkSides {
  readonly #setting: NetworkSetting;
  readonly #x: Vector;
  readonly #reading: Reading;

  constructor(setting: NetworkSetting, x: Vector, reading: Reading) {
    this.#setting = setting;
    this.#x = x;
    this.#reading = reading;
  }

  side(branches: GuidanceBranches): Denoised {
    const { parts, parameters } = this.#setting;
    return this.#single(parts.denoiser, parameters, branches);
  }

  both(): BothSides {
    const { parts, parameters } = this.#setting;
    const input = this.#input(parameters, 'both');
    const [conditional, unconditional] = this.#blamed('denoiser', parts.denoiser, () =>
      networkCall(parts.engine, parts.denoiser).both(input),
    );
    return {
      conditional: this.#read(parts.denoiser, conditional),
      unconditional: this.#read(parts.denoiser, unconditional),
    };
  }

  /** The weaker network's reading under the same condition. */
  weak(weak: Denoiser): Denoised {
    return this.#single(weak, this.#setting.weakParameters ?? weak.parameters, 'conditional');
  }

  /** Gradient by `x` of the log-probability of the condition. */
  classGradient(classifier: Classifier): Vector {
    const input = this.#input(classifier.parameters, 'conditional');
    const { engine } = this.#setting.parts;
    return asVector(this.#blamed('classifier', classifier, () => classGradient(engine, classifier)(input)));
  }

  #single(denoiser: Denoiser, parameters: ParameterSet, branches: GuidanceBranches): Denoised {
    const input = this.#input(parameters, branches);
    const { engine } = this.#setting.parts;
    return this.#read(
      denoiser,
      this.#blamed('denoiser', denoiser, () => networkCall(engine, denoiser).single(input)),
    );
  }

  #input(parameters: ParameterSet, branches: GuidanceBranches): CallInput {
    const conditioning = conditionsFor(this.#setting.conditions, branches);
    return callInput(parameters, tensorOf(this.#x), this.#reading, conditioning);
  }

  #read(denoiser: Denoiser, output: tf.Tensor): Denoised {
    if (!denoiser.info.learnsVariance) return new NetworkReading(tensorSpace, this.#x, asVector(output), this.#reading);
    const [mean, variance] = tf.split(output, 2, -1) as [tf.Tensor, tf.Tensor];
    return new NetworkReading(tensorSpace, this.#x, asVector(mean), this.#reading, asVector(variance));
  }

  #blamed<T>(role: 'denoiser' | 'classifier', plugin: object, call: () => T): T {
    try {
      return call();
    } catch (error) {
      throw blame(error, identityOf(plugin, role), this.#setting.index);
    }
  }
}
