import * as tf from '@tensorflow/tfjs';
import type { ParameterSet } from '../../core/contracts/denoiser.js';
import type { Guidance, GuidanceState, LiveValues } from '../../core/contracts/guidance.js';
import type { SamplerState, Settled, StepPosition } from '../../core/contracts/sampler.js';
import type { Vector } from '../../core/contracts/vector.js';
import { atRunStep, atStepLater, blame } from '../../core/errors/blame.js';
import { emitEnd, emitStart, emitStep } from '../../core/loop/lent-sample-event.js';
import { LatestLiveValues } from '../../core/loop/live-values.js';
import { realized } from '../../core/loop/realized.js';
import { runIdOf } from '../../core/loop/run-id.js';
import { Route } from '../../core/loop/route.js';
import type { Run } from '../../core/loop/run-loop.js';
import type { SampleEvent } from '../../core/loop/sample-events.js';
import { identityOf } from '../../core/plugins/plugin-identity.js';
import { scoped } from '../../core/tensors/scoped.js';
import { asVector, tensorOf } from '../../core/tensors/tensor-space.js';
import { ownBatch, type BatchSharing } from './batch-sharing.js';
import { checkedMemory, checkedState, checkFinite, checkUndisposed, sampleSums } from './check-step.js';
import { GuidedDenoise, type StepSetting } from './guided-denoise.js';
import { measuredOf, release, tensorsFixed, tensorsIn, type Fixed, type Held } from './held.js';
import { finished, keptTensors } from './inpaint.js';
import { liveKeysOf } from './live-keys.js';
import { LatestSwap } from './latest-swap.js';
import type { ReverseParts } from './reverse-parts.js';
import { checkRunnable, checkWeights } from './runnable.js';
import type { StartingPoint } from './starting-point.js';
import { brownianPaths, drawn, levelsOf, stepContext } from './step-context.js';

type Emit = (event: SampleEvent) => void;

/** One reverse process: it owns the state, lends it to events, and frees what a step no longer holds. */
export class ReverseRun implements Run<SampleEvent> {
  #parts: ReverseParts;
  #parameters: ParameterSet;
  readonly #run: string;
  readonly #start: StartingPoint;
  readonly #sharing: BatchSharing;
  readonly #paths: ReturnType<typeof brownianPaths>;
  readonly #fixed: Fixed;
  readonly #live: LatestLiveValues;
  readonly #swap: LatestSwap;
  #route: Route;
  #held: Held;
  #nfe = 0;

  /** Starts the engine's part of the work, with guarded parts; everything made is freed by `dispose`, or here if this throws. */
  constructor(parts: ReverseParts, start: StartingPoint, sharing: BatchSharing = ownBatch(parts, start)) {
    checkRunnable(parts, start.levels, start.request.live);
    checkWeights(parts, start.request);
    this.#parts = parts;
    this.#start = start;
    this.#run = runIdOf(start.request.run);
    this.#sharing = sharing;
    this.#paths = brownianPaths(this.#parts.noise, start);
    this.#parameters = start.request.parameters ?? parts.denoiser.parameters;
    this.#live = new LatestLiveValues(start.request.live ?? {}, liveKeysOf(parts));
    this.#swap = new LatestSwap(start.request.swap$);
    try {
      const route = (): Route => new Route(parts.sampler, start.levels, levelsOf(this.#parts.schedule));
      this.#route = this.#blamed('sampler', route);
      const { fixed, held } = parts.engine.run(() => scoped(() => this.#open()));
      this.#fixed = fixed;
      this.#held = held;
    } catch (error) {
      this.#stopListening();
      throw error;
    }
  }

  /** Whether a step is left, to be tried for the first time or again. */
  get more(): boolean {
    return this.#next !== undefined;
  }

  start(emit: Emit): void {
    const { seeds } = this.#start;
    emitStart(emit, { kind: 'start', seeds, levels: this.#route.levels, ...this.#progress() }, this.#x);
  }

  async step(emit: Emit): Promise<void> {
    this.#applySwap();
    const position = this.#next;
    if (position === undefined) return;
    const { index } = position;
    const live = atRunStep(index, () => this.#live.read());
    const previous = this.#held;
    const network = new GuidedDenoise(this.#setting(position, live), previous.guidanceState);
    this.#held = this.#parts.engine.run(() => scoped(() => this.#advance(position, network)));
    this.#nfe += network.calls;
    try {
      await atStepLater(index, realized(this.#parts.engine, tensorsIn(this.#held)));
      const trace = { ...this.#held, ...this.#fixed, before: previous.total };
      await checkFinite(trace, this.#sharing, this.#parts, index);
      if (!(await this.#settle(position, previous))) return;
    } finally {
      release(previous, this.#held);
    }
    emitStep(emit, { kind: 'step', ...position, live, ...this.#progress() }, this.#x, this.#held.denoised);
  }

  /** Whether the step that was tried is taken. If not, all is as before it, but for the calls that it made. */
  async #settle(position: StepPosition, previous: Held): Promise<boolean> {
    const tried = this.#held;
    const measured = await measuredOf(tried.state);
    const judge = (): Settled => this.#route.settle(position, tried.state, measured);
    const { state, taken } = this.#blamed('sampler', judge, position.index);
    this.#held = { ...(taken ? tried : previous), state: checkedState(state, this.#start.shape) };
    release(tried, this.#held);
    return taken;
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
    const { shape, x } = this.#start;
    const conditions = this.#sharing.conditions();
    const first = tf.tensor(x, [...shape]);
    const guidanceState = this.#memory(this.#parts.guidance);
    const state = this.#initial(first);
    const total = sampleSums(state.x);
    const kept = this.#start.kept && keptTensors(this.#start.kept, shape);
    return { fixed: { conditions, kept }, held: { state, guidanceState, denoised: first.clone(), total } };
  }

  #setting({ index, count }: StepPosition, live: LiveValues): StepSetting {
    const { clip, weakParameters } = this.#start.request;
    const [parts, parameters, { space }] = [this.#parts, this.#parameters, this.#sharing];
    const keptNoise = (): Vector => drawn(this.#start, parts.noise, { purpose: 'inpaint', step: index });
    return { ...this.#fixed, keptNoise, parts, space, parameters, weakParameters, index, count, clip, live };
  }

  #memory(guidance: Guidance | undefined, step?: number): GuidanceState {
    return this.#blamed('guidance', () => (guidance === undefined ? {} : checkedMemory(guidance.init())), step);
  }

  #initial(x: tf.Tensor, step?: number): SamplerState {
    const context = { ...this.#sharing.space, levels: this.#route.levels };
    const init = (): SamplerState => {
      const state = checkedState(this.#parts.sampler.init(asVector(x), context), this.#start.shape);
      checkUndisposed([x]);
      return state;
    };
    return this.#blamed('sampler', init, step);
  }

  #advance(position: StepPosition, network: GuidedDenoise): Held {
    const { sampler } = this.#parts;
    const context = stepContext(position, { ...this.#parts, ...this.#sharing }, this.#start, this.#paths, network);
    const step = (): Held => {
      const stepped = checkedState(sampler.step(this.#held.state, context), this.#start.shape);
      checkUndisposed(tensorsIn(this.#held));
      const { levels } = this.#route;
      const isLast = position.index + 1 === position.count && position.to.lambda === levels.at(-1)?.lambda;
      const state = isLast ? finished(stepped, this.#fixed.kept, levels) : stepped;
      // A step that reads what an earlier one was told has that one's estimate.
      const denoised = network.denoised === undefined ? this.#held.denoised : tensorOf(network.denoised);
      return { state, guidanceState: network.guidanceState, denoised, total: sampleSums(state.x) };
    };
    return this.#blamed('sampler', step, position.index);
  }

  #applySwap(): void {
    const swap = atRunStep(this.#next?.index, () => this.#swap.take());
    if (swap === undefined) return;
    const index = this.#next?.index;
    const { parameters, ...parts } = swap;
    this.#parts = { ...this.#parts, ...parts };
    const { sampler } = parts;
    if (sampler) this.#route = this.#blamed('sampler', () => this.#route.swapped(sampler), index);
    checkRunnable(this.#parts, this.#route.ahead, this.#start.request.live);
    checkWeights(this.#parts, { parameters });
    if (parameters ?? parts.denoiser) this.#parameters = parameters ?? this.#parts.denoiser.parameters;
    const previous = this.#held;
    this.#held = this.#parts.engine.run(() =>
      scoped(() => ({
        ...previous,
        ...(sampler ? { state: this.#initial(this.#x, index) } : {}),
        ...(parts.guidance ? { guidanceState: this.#memory(parts.guidance, index) } : {}),
      })),
    );
    release(previous, this.#held);
  }

  get #next(): StepPosition | undefined {
    return this.#blamed('sampler', () => this.#route.next(this.#held.state));
  }

  #progress(): Pick<SampleEvent, 'run' | 'batch' | 'count' | 'nfe' | 'totalNfe'> {
    const { count, calls } = this.#blamed('sampler', () => this.#route.known(this.#held.state));
    return { run: this.#run, batch: this.#start.seeds.length, count, nfe: this.#nfe, totalNfe: this.#nfe + calls };
  }

  #blamed<T>(role: 'guidance' | 'sampler', work: () => T, step?: number): T {
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
