import * as tf from '@tensorflow/tfjs';
import type { ParameterSet } from '../../core/contracts/denoiser.js';
import type { Guidance, GuidanceState, LiveValues } from '../../core/contracts/guidance.js';
import type { SamplerState } from '../../core/contracts/sampler.js';
import type { Vector } from '../../core/contracts/vector.js';
import { blame } from '../../core/errors/blame.js';
import { emitEnd, emitStart, emitStep } from '../../core/loop/lent-sample-event.js';
import { LatestLiveValues } from '../../core/loop/live-values.js';
import { realized } from '../../core/loop/realized.js';
import type { Run } from '../../core/loop/run-loop.js';
import type { SampleEvent } from '../../core/loop/sample-events.js';
import { blamedNoise, blamedSchedule } from '../../core/plugins/blamed-sources.js';
import { identityOf } from '../../core/plugins/plugin-identity.js';
import { scoped } from '../../core/tensors/scoped.js';
import { asVector, tensorOf, tensorSpace } from '../../core/tensors/tensor-space.js';
import { checkedMemory, checkedState, checkFinite, checkUndisposed } from './check-step.js';
import { GuidedDenoise, type StepSetting } from './guided-denoise.js';
import { release, tensorsFixed, tensorsIn, type Fixed, type Held } from './held.js';
import { finished, keptTensors } from './inpaint.js';
import { liveKeysOf } from './live-keys.js';
import { LatestSwap } from './latest-swap.js';
import { conditionTensors, prepareConditions } from './prepared-conditions.js';
import type { ReverseParts } from './reverse-parts.js';
import { checkRunnable } from './runnable.js';
import type { StartingPoint } from './starting-point.js';
import { brownianPaths, drawn, positionAt, stepContext } from './step-context.js';

type Emit = (event: SampleEvent) => void;

/** One reverse process: it owns the state, lends it to events, and frees what a step no longer holds. */
export class ReverseRun implements Run<SampleEvent> {
  #parts: ReverseParts;
  #parameters: ParameterSet;
  readonly #start: StartingPoint;
  readonly #paths: ReturnType<typeof brownianPaths>;
  readonly #fixed: Fixed;
  readonly #live: LatestLiveValues;
  readonly #swap: LatestSwap;
  #held: Held;
  #nfe = 0;
  #totalNfe: number;

  /** Starts the engine's part of the work; everything made is freed by `dispose`, or here if this throws. */
  constructor(parts: ReverseParts, start: StartingPoint) {
    checkRunnable(parts, start.levels);
    this.#parts = { ...parts, schedule: blamedSchedule(parts.schedule), noise: blamedNoise(parts.noise) };
    this.#start = start;
    this.#paths = brownianPaths(this.#parts.noise, start);
    this.#parameters = start.request.parameters ?? parts.denoiser.parameters;
    this.#live = new LatestLiveValues(start.request.live ?? {}, liveKeysOf(parts));
    this.#swap = new LatestSwap(start.request.swap$);
    try {
      this.#totalNfe = this.#callsFrom(0);
      const { fixed, held } = parts.engine.run(() => scoped(() => this.#open()));
      this.#fixed = fixed;
      this.#held = held;
    } catch (error) {
      this.#stopListening();
      throw error;
    }
  }

  get count(): number {
    return this.#start.levels.length - 1;
  }

  start(emit: Emit): void {
    const { seeds, levels } = this.#start;
    emitStart(emit, { kind: 'start', seeds, levels, ...this.#progress() }, this.#x);
  }

  async step(index: number, emit: Emit): Promise<void> {
    this.#applySwap(index);
    const live = this.#live.read();
    const position = positionAt(this.#start.levels, index);
    const previous = this.#held;
    const network = new GuidedDenoise(this.#setting(index, live), previous.guidanceState);
    this.#held = this.#parts.engine.run(() => scoped(() => this.#advance(index, network)));
    this.#nfe += network.calls;
    try {
      await realized(this.#parts.engine, tensorsIn(this.#held));
      const before = { total: previous.total, conditions: conditionTensors(this.#fixed.conditions) };
      await checkFinite(this.#held, before, this.#parts, index);
    } finally {
      release(previous, this.#held);
    }
    emitStep(emit, { kind: 'step', ...position, live, ...this.#progress() }, this.#x, this.#held.denoised);
  }

  end(emit: Emit): void {
    emitEnd(emit, { kind: 'end', ...this.#progress() }, this.#x);
  }

  dispose(): void {
    this.#stopListening();
    tf.dispose(tensorsIn(this.#held));
    tf.dispose(tensorsFixed(this.#fixed));
  }

  get #x(): tf.Tensor {
    return tensorOf(this.#held.state.x);
  }

  #open(): { readonly fixed: Fixed; readonly held: Held } {
    const { request, seeds, shape, x } = this.#start;
    const conditions = this.#blamed('conditioner', () =>
      prepareConditions(this.#parts.conditioner, request.condition, seeds.length),
    );
    const first = tf.tensor(x, [...shape]);
    const guidanceState = this.#memory(this.#parts.guidance);
    const state = this.#initial(first);
    const total = tf.sum(tensorOf(state.x));
    const kept = this.#start.kept && keptTensors(this.#start.kept, shape);
    return { fixed: { conditions, kept }, held: { state, guidanceState, denoised: first.clone(), total } };
  }

  #setting(index: number, live: LiveValues): StepSetting {
    const { clip, weakParameters } = this.#start.request;
    const [parts, parameters] = [this.#parts, this.#parameters];
    const keptNoise = (): Vector => drawn(this.#start, parts.noise, { purpose: 'inpaint', step: index });
    return { ...this.#fixed, keptNoise, parts, parameters, weakParameters, index, count: this.count, clip, live };
  }

  #memory(guidance: Guidance | undefined, step?: number): GuidanceState {
    return this.#blamed('guidance', () => (guidance === undefined ? {} : checkedMemory(guidance.init())), step);
  }

  #initial(x: tf.Tensor, step?: number): SamplerState {
    const context = { ...tensorSpace, levels: this.#start.levels.slice(step ?? 0) };
    const init = (): SamplerState => {
      const state = checkedState(this.#parts.sampler.init(asVector(x), context), this.#start.shape);
      checkUndisposed([x]);
      return state;
    };
    return this.#blamed('sampler', init, step);
  }

  #advance(index: number, network: GuidedDenoise): Held {
    const { sampler } = this.#parts;
    const position = positionAt(this.#start.levels, index);
    const context = stepContext(position, this.#parts, this.#start, this.#paths, network);
    const step = (): Held => {
      const stepped = checkedState(sampler.step(this.#held.state, context), this.#start.shape);
      checkUndisposed(tensorsIn(this.#held));
      const state = index + 1 < this.count ? stepped : finished(stepped, this.#fixed.kept, this.#start.levels);
      const denoised = network.denoised === undefined ? this.#x.clone() : tensorOf(network.denoised);
      return { state, guidanceState: network.guidanceState, denoised, total: tf.sum(tensorOf(state.x)) };
    };
    return this.#blamed('sampler', step, index);
  }

  #applySwap(index: number): void {
    const swap = this.#swap.take();
    if (swap === undefined) return;
    const { parameters, ...parts } = swap;
    this.#parts = { ...this.#parts, ...parts };
    checkRunnable(this.#parts, this.#start.levels.slice(index));
    if (parameters ?? parts.denoiser) this.#parameters = parameters ?? this.#parts.denoiser.parameters;
    const previous = this.#held;
    this.#held = this.#parts.engine.run(() =>
      scoped(() => ({
        ...previous,
        ...(parts.sampler ? { state: this.#initial(this.#x, index) } : {}),
        ...(parts.guidance ? { guidanceState: this.#memory(parts.guidance, index) } : {}),
      })),
    );
    release(previous, this.#held);
    this.#totalNfe = this.#nfe + this.#callsFrom(index);
  }

  #callsFrom(index: number): number {
    const { sampler } = this.#parts;
    const callsAt = (at: number): number => sampler.calls?.(positionAt(this.#start.levels, at)) ?? 1;
    let calls = 0;
    for (let at = index; at < this.count; at++) calls += this.#blamed('sampler', () => callsAt(at));
    return calls;
  }

  #progress(): { readonly batch: number; readonly count: number; readonly nfe: number; readonly totalNfe: number } {
    return { batch: this.#start.seeds.length, count: this.count, nfe: this.#nfe, totalNfe: this.#totalNfe };
  }

  #blamed<T>(role: 'conditioner' | 'guidance' | 'sampler', work: () => T, step?: number): T {
    try {
      return work();
    } catch (error) {
      throw blame(error, identityOf(this.#parts[role], role), step);
    }
  }

  #stopListening(): void {
    this.#live.stop();
    this.#swap.stop();
  }
}
