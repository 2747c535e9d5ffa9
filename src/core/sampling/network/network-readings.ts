import * as tf from '@tensorflow/tfjs';
import type { Classifier } from '../../contracts/classifier.js';
import type { Conditioning } from '../../contracts/conditioning.js';
import type { Denoiser, ParametersBySlot, ParameterSet, Perturbation } from '../../contracts/denoiser.js';
import type { Branch } from '../../contracts/guidance.js';
import type { Preconditioning } from '../../contracts/parameterization.js';
import type { Denoised } from '../../contracts/sampler.js';
import type { Vector, VectorSpace } from '../../contracts/vector.js';
import { blame } from '../../errors/blame.js';
import { identityOf } from '../../assembly/plugin-identity.js';
import { asVector, tensorOf, tensorSpace } from '../../tensors/tensor-space.js';
import { CONDITIONAL, conditionOf, networkOf, perturbationOf, slotOf } from '../../compatibility/branch-checks.js';
import { classGradient } from './class-gradient.js';
import { callInput, networkCall } from './network-call.js';
import type { ReverseParts } from '../reverse-parts.js';
import { formOfOne, type RunConditions } from '../conditions/run-conditions.js';

/** Reads a network's output as clean sample and as noise, each computed when first asked for. */
class NetworkReading implements Denoised {
  readonly #space: VectorSpace;
  readonly #x: Vector;
  readonly #output: Vector;
  readonly #reading: Preconditioning;
  readonly variance?: Vector;
  #denoised: Vector | undefined;
  #noise: Vector | undefined;

  constructor(space: VectorSpace, x: Vector, output: Vector, reading: Preconditioning, variance?: Vector) {
    this.#space = space;
    this.#x = x;
    this.#output = output;
    this.#reading = reading;
    if (variance !== undefined) this.variance = variance;
  }

  get denoised(): Vector {
    return (this.#denoised ??= this.#read(this.#reading.denoised));
  }

  get noise(): Vector {
    return (this.#noise ??= this.#read(this.#reading.noise));
  }

  #read(linear: Preconditioning['denoised']): Vector {
    return this.#space.combine([linear.x, this.#x], [linear.output, this.#output]);
  }
}

/** What the network calls of a step share. */
export interface NetworkSetting {
  readonly parts: ReverseParts;
  /** Weights by slot, where they are not the network's own. */
  readonly parameters: ParametersBySlot;
  readonly conditions: RunConditions;
  readonly index: number;
}

/** Branches that go through a network in one batch. */
interface Call {
  readonly slot: string;
  readonly denoiser: Denoiser;
  readonly perturbation: Required<Perturbation> | undefined;
  readonly names: string[];
  readonly conditions: Conditioning[];
}

/** What the networks of a run say of `x` at one level. */
export class NetworkReadings {
  readonly #setting: NetworkSetting;
  readonly #x: Vector;
  readonly #reading: Preconditioning;

  constructor(setting: NetworkSetting, x: Vector, reading: Preconditioning) {
    this.#setting = setting;
    this.#x = x;
    this.#reading = reading;
  }

  /** The network itself under the condition of the request. */
  conditional(): Denoised {
    return this.of([CONDITIONAL])[CONDITIONAL.name] as Denoised;
  }

  /** The reading of each branch: those that share a network in one call, where their conditions fit into one batch. */
  of(branches: readonly Branch[]): Readonly<Record<string, Denoised>> {
    const readings: Record<string, Denoised> = {};
    for (const call of callsOf(branches, this.#setting)) this.#call(call, readings);
    return readings;
  }

  /** Gradient by `x` of the log-probability of the condition. */
  classGradient(classifier: Classifier): Vector {
    const { parts, conditions } = this.#setting;
    const parameters = this.#parameters('classifier', classifier);
    const input = callInput(parameters, tensorOf(this.#x), this.#reading, [conditionOf(CONDITIONAL, conditions)]);
    return asVector(this.#blamed('classifier', classifier, () => classGradient(parts.engine, classifier)(input)));
  }

  #call({ slot, denoiser, perturbation, names, conditions }: Call, readings: Record<string, Denoised>): void {
    const { engine } = this.#setting.parts;
    const input = callInput(this.#parameters(slot, denoiser), tensorOf(this.#x), this.#reading, conditions);
    const outputs = this.#blamed('denoiser', denoiser, () => networkCall(engine, denoiser, perturbation)(input));
    names.forEach((name, i) => (readings[name] = this.#readingOf(denoiser, outputs[i] as tf.Tensor)));
  }

  #parameters(slot: string, network: { readonly parameters: ParameterSet }): ParameterSet {
    return this.#setting.parameters[slot] ?? network.parameters;
  }

  #readingOf(denoiser: Denoiser, output: tf.Tensor): Denoised {
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

/** The calls that these branches make. Guidance asks for few, each time anew: a list is searched faster than keys are made. */
function callsOf(branches: readonly Branch[], { parts, conditions }: NetworkSetting): readonly Call[] {
  const calls: Call[] = [];
  for (const branch of branches) {
    const [slot, condition, denoiser] = [slotOf(branch), conditionOf(branch, conditions), networkOf(branch, parts)];
    const perturbation = perturbationOf(branch, denoiser);
    const fits = (call: Call): boolean =>
      call.slot === slot &&
      isSamePerturbation(call.perturbation, perturbation) &&
      formOfOne(call.conditions[0] ?? {}) === formOfOne(condition);
    const call = calls.find(fits);
    if (call) {
      call.names.push(branch.name);
      call.conditions.push(condition);
    } else calls.push({ slot, denoiser, perturbation, names: [branch.name], conditions: [condition] });
  }
  return calls;
}

function isSamePerturbation(a: Required<Perturbation> | undefined, b: Required<Perturbation> | undefined): boolean {
  return a?.kind === b?.kind && a?.layers.join() === b?.layers.join();
}
