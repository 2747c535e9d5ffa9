import * as tf from '@tensorflow/tfjs';
import type { ParametersBySlot } from '../../contracts/denoiser.js';
import type { Guidance, GuidanceState, LiveValues } from '../../contracts/guidance.js';
import type { SamplerState, StepDecision, StepPosition } from '../../contracts/sampler.js';
import type { Vector } from '../../contracts/vector.js';
import { atRunStepLater, blame } from '../../errors/blame.js';
import { emitEnd, emitStart, emitStep } from '../../loop/lent-sample-event.js';
import { realized } from '../../loop/realized.js';
import { runIdOf } from '../../loop/run-id.js';
import { Route } from '../../loop/route.js';
import type { Run } from '../../loop/run-loop.js';
import type { SampleEvent } from '../../loop/sample-events.js';
import { identityOf } from '../../assembly/plugin-identity.js';
import { scoped } from '../../tensors/scoped.js';
import { tensorOf } from '../../tensors/tensor-space.js';
import { AdaptedWeights } from '../network/adapted-weights.js';
import type { BatchSharing } from './batch-sharing.js';
import { checkedMemory, checkedState, checkFinite, checkUndisposed, sampleSums } from './check-step.js';
import { decoderOf } from './decoder.js';
import { GuidedDenoise, type StepSetting } from '../network/guided-denoise.js';
import { RunState, measuredOf, release, constantTensors, type RunConstants } from './run-state.js';
import { keptTensors, towardsClean, withKept, type KeptRegion } from '../start/inpaint.js';
import { afterSwap, swappedParts, swappedSlots, without } from './read-swap.js';
import type { ReverseParts } from '../reverse-parts.js';
import { bySlot } from '../network/by-slot.js';
import { checkRunnable, checkWeights } from '../../compatibility/runnable.js';
import type { StartingPoint } from '../start/starting-point.js';
import { Steering } from './steering.js';
import { checkedDecision, firstState } from './sampler-states.js';
import { brownianPaths, drawn, scheduleLevels, stepContext } from './step-context.js';

type Emit = (event: SampleEvent) => void;

/** One reverse process: it owns the state, lends it to events, and frees what a step no longer holds. */
export class ReverseRun implements Run<SampleEvent> {
  #parts: ReverseParts;
  #parameters: ParametersBySlot;
  readonly #run: string;
  readonly #start: StartingPoint;
  readonly #sharing: BatchSharing;
  readonly #paths: ReturnType<typeof brownianPaths>;
  #fixed: RunConstants;
  readonly #steering: Steering;
  readonly #adapted = new AdaptedWeights();
  #route: Route;
  #held: RunState;
  #nfe = 0;
  /** The step that is at work, or comes next; none before the first. */
  #at: number | undefined;

  /** Starts the engine's part of a run that was checked, with guarded parts; everything made is freed by `dispose`, or here if this throws. */
  constructor(parts: ReverseParts, start: StartingPoint, sharing: BatchSharing) {
    this.#parameters = bySlot(start.request.parameters);
    [this.#parts, this.#start] = [parts, start];
    this.#run = runIdOf(start.request.run);
    this.#sharing = sharing;
    this.#paths = brownianPaths(this.#parts.noise, start);
    this.#steering = new Steering(parts, start);
    try {
      this.#route = this.#blamed(
        'sampler',
        () => new Route(parts.sampler, start.levels, scheduleLevels(parts.schedule)),
      );
      const { fixed, held } = parts.engine.run(() => scoped(() => this.#open()));
      this.#fixed = fixed;
      this.#held = held;
    } catch (error) {
      this.#steering.stop();
      throw error;
    }
  }

  get more(): boolean {
    return this.#next !== undefined;
  }

  start(emit: Emit): void {
    const { seeds } = this.#start;
    emitStart(emit, { seeds, levels: this.#route.levels, ...this.#progress() }, this.#x);
    this.#at = 0;
  }

  step(emit: Emit): Promise<void> {
    return atRunStepLater(this.#at, identityOf(this.#parts.engine, 'engine'), () => this.#step(emit));
  }

  async #step(emit: Emit): Promise<void> {
    this.#applySwap();
    const position = this.#next;
    if (position === undefined) return;
    const { index, from, to } = position;
    this.#at = index;
    const live = this.#steering.live.read();
    const renewing = this.#steering.conditions.renewed(position, live, this.#parts, this.#parameters, this.#fixed);
    if (renewing) this.#fixed = await renewing;
    const previous = this.#held;
    const network = new GuidedDenoise(this.#setting(position, live), previous.guidanceState);
    this.#held = this.#parts.engine.run(() => scoped(() => this.#advance(position, network)));
    this.#nfe += network.calls;
    try {
      await realized(this.#parts.engine, this.#held.tensors);
      const trace = { before: previous.total, after: this.#held, conditions: this.#fixed.conditions };
      await checkFinite(trace, this.#sharing, this.#parts, index);
      if (!(await this.#accept(position, previous))) return;
    } finally {
      release(previous, this.#held);
    }
    this.#at = index + 1;
    const { run, batch, count, nfe, totalNfe, decode } = this.#progress();
    const fields = { run, batch, count, nfe, totalNfe, decode, index, from, to, live };
    emitStep(emit, fields, this.#x, this.#held.denoised);
  }

  /** Whether the step that was tried is taken. If not, all is as before it, but for the calls that it made. */
  async #accept(position: StepPosition, previous: RunState): Promise<boolean> {
    if (!this.#route.adaptive) return this.#route.take(position);
    const tried = this.#held;
    const measured = await measuredOf(tried.state);
    const judge = (): StepDecision => checkedDecision(this.#route.accept(position, tried.state, measured), tried.state);
    const { state, accepted } = this.#blamed('sampler', () => this.#parts.engine.run(() => scoped(judge)));
    this.#held = (accepted ? tried : previous).with(state);
    release(tried, this.#held);
    return accepted;
  }

  end(emit: Emit): void {
    emitEnd(emit, this.#progress(this.#start.keptPixels), this.#x);
  }

  dispose(): void {
    this.#steering.stop();
    tf.dispose([...this.#held.tensors, ...constantTensors(this.#fixed), ...this.#adapted.tensors]);
  }

  get #x(): tf.Tensor {
    return tensorOf(this.#held.state.x);
  }

  #open(): { readonly fixed: RunConstants; readonly held: RunState } {
    const { shape, x } = this.#start;
    const [conditions, first] = [this.#sharing.conditions(), tf.tensor(x, [...shape])];
    const [guidanceState, state] = [this.#memory(this.#parts.guidance), this.#initial(first)];
    const [total, kept] = [sampleSums(state.x), this.#start.kept && keptTensors(this.#start.kept, shape)];
    return { fixed: { conditions, kept }, held: new RunState(state, guidanceState, first.clone(), total) };
  }

  #setting({ index, count }: StepPosition, live: LiveValues): StepSetting {
    const [parts, { space }, { clip }] = [this.#parts, this.#sharing, this.#start.request];
    const parameters = this.#adapted.at(parts, this.#parameters, live, index);
    const keptNoise = (): Vector => drawn(this.#start, parts.noise, { purpose: 'inpaint', step: index });
    const network = { parts, parameters, conditions: this.#fixed.conditions, index };
    return { network, kept: this.#fixed.kept, keptNoise, space, count, clip, live };
  }

  #memory(guidance: Guidance | undefined): GuidanceState {
    return this.#blamed('guidance', () => (guidance === undefined ? {} : checkedMemory(guidance.init())));
  }

  #initial(x: tf.Tensor): SamplerState {
    const context = { ...this.#sharing.space, levels: this.#route.levels };
    return this.#blamed('sampler', () => firstState(this.#parts.sampler, x, context));
  }

  #advance(position: StepPosition, network: GuidedDenoise): RunState {
    const { sampler } = this.#parts;
    const source = { parts: this.#parts, space: this.#sharing.space, start: this.#start, paths: this.#paths };
    const context = stepContext(position, source, network);
    const step = (): RunState => {
      const stepped = checkedState(sampler.step(this.#held.state, context), this.#start.shape);
      checkUndisposed(this.#held.tensors);
      const isEnd = this.#route.isLast(position) && towardsClean(this.#route.levels);
      const state = withKept(stepped, this.#fixed.kept, position.to, isEnd);
      // A step that reads what an earlier one was told has that one's estimate.
      const denoised = network.denoised === undefined ? this.#held.denoised : tensorOf(network.denoised);
      return new RunState(state, network.guidanceState, denoised, sampleSums(state.x));
    };
    return this.#blamed('sampler', step);
  }

  #applySwap(): void {
    const swap = this.#steering.swap.take();
    if (swap === undefined) return;
    const parts = swappedParts(swap);
    this.#parts = afterSwap(this.#parts, parts);
    const { sampler } = parts;
    if (sampler) this.#route = this.#blamed('sampler', () => this.#route.swapped(sampler));
    checkRunnable(this.#parts, this.#route.ahead, this.#start);
    const weights = bySlot(swap.parameters);
    checkWeights(this.#parts, weights);
    this.#parameters = { ...without(this.#parameters, swappedSlots(parts)), ...weights };
    const previous = this.#held;
    this.#held = this.#parts.engine.run(() =>
      scoped(() => {
        const state = sampler ? this.#initial(this.#x) : previous.state;
        return previous.with(state, parts.guidance ? this.#memory(parts.guidance) : previous.guidanceState);
      }),
    );
    release(previous, this.#held);
  }

  get #next(): StepPosition | undefined {
    return this.#blamed('sampler', () => this.#route.next(this.#held.state));
  }

  #progress(kept?: KeptRegion): Pick<SampleEvent, 'run' | 'batch' | 'count' | 'nfe' | 'totalNfe' | 'decode'> {
    const { count, calls } = this.#blamed('sampler', () => this.#route.known(this.#held.state));
    const { tiling } = this.#start.request;
    const [run, decode] = [this.#run, decoderOf(this.#parts, this.#parameters, { tiling, kept })];
    return { run, batch: this.#start.seeds.length, count, decode, nfe: this.#nfe, totalNfe: this.#nfe + calls };
  }

  #blamed<T>(role: 'guidance' | 'sampler', work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw blame(error, identityOf(this.#parts[role], role), this.#at);
    }
  }
}
