import * as tf from '@tensorflow/tfjs';
import type { TensorTree } from '../../../../core/contracts/engine.js';
import { scoped } from '../../../../core/tensors/scoped.js';
import { Value } from '../graph/value.js';
import { flatten, rebuilt, type FlatTree } from '../tensor-tree.js';
import type { ForeignValue } from './foreign-value.js';
import type { RecorderBackend } from './recorder-backend.js';
import { forget, isAmbiguous, isLoaded, replayed, replayOf, standInOf, type Replay } from './replay.js';
import { Trace } from './trace.js';

/** Forms of input of one function that stay traced; the one unused for longest goes when there are more. */
const KEPT_FORMS = 32;

/** What became of the calls of compiled functions. */
export interface CompileCounts {
  /** Forms of input that were new. */
  traced: number;
  replayed: number;
  /** Calls that ran without a model because the function reads numbers while it runs. */
  inline: number;
}

type Replays<O> = Map<string, Replay<O> | 'inline'>;

/** Gives back what functions captured that are gone themselves. */
const abandoned = new FinalizationRegistry<Replays<unknown>>(forgetAll);

/** A function that is traced once for each form of its input, and then replayed without running its JavaScript again. */
export class CompiledFunction<I extends TensorTree, O extends TensorTree> {
  readonly #work: (input: I) => O;
  readonly #replays: Replays<O> = new Map();
  readonly #counts: CompileCounts;

  /** @param counts - where its calls are counted */
  constructor(work: (input: I) => O, counts: CompileCounts) {
    this.#work = work;
    this.#counts = counts;
    abandoned.register(this, this.#replays);
  }

  /** Calls it. The backend is current. */
  call(backend: RecorderBackend, input: I): O {
    const flat = flatten(input);
    const values = flat.tensors.map(({ dataId }) => backend.resolve(dataId));
    if (backend.trace !== undefined || !values.every((value, index) => isWhole(value, flat.tensors[index]))) {
      return scoped(() => this.#work(input));
    }
    const replay = this.#replayFor(backend, input, flat, values as Value[]);
    if (replay === 'inline' || isAmbiguous(replay, values as Value[])) {
      this.#counts.inline++;
      return scoped(() => this.#work(input));
    }
    this.#counts.replayed++;
    return replayed(replay, backend, flat, values as Value[]);
  }

  #replayFor(backend: RecorderBackend, input: I, flat: FlatTree, values: readonly Value[]): Replay<O> | 'inline' {
    const { signature } = flat;
    const known = this.#replays.get(signature);
    const isValid = known === 'inline' || (known?.executor === backend.executor && isLoaded(known));
    const replay = isValid ? known : this.#traced(backend, input, values, known);
    this.#replays.delete(signature);
    this.#replays.set(signature, replay);
    if (this.#replays.size > KEPT_FORMS) this.#forgetOldest();
    return replay;
  }

  #traced(
    backend: RecorderBackend,
    input: I,
    values: readonly Value[],
    stale: Replay<O> | undefined,
  ): Replay<O> | 'inline' {
    this.#counts.traced++;
    const made = this.#trace(backend, input, values);
    if (stale !== undefined) forget(stale);
    return made;
  }

  #forgetOldest(): void {
    const [oldest] = this.#replays;
    if (oldest === undefined) return;
    this.#replays.delete(oldest[0]);
    if (oldest[1] !== 'inline') forget(oldest[1]);
  }

  #trace(backend: RecorderBackend, input: I, values: readonly Value[]): Replay<O> | 'inline' {
    const trace = new Trace(values);
    backend.trace = trace;
    let output: O;
    try {
      output = scoped(() => {
        const standIns = trace.placeholders.map((value) => standInOf(backend, value));
        return this.#work(rebuilt(input, standIns));
      });
    } catch (error) {
      if (trace.wasRead) return 'inline';
      throw error;
    } finally {
      backend.trace = undefined;
    }
    try {
      return trace.wasRead ? 'inline' : replayOf(backend.executor, trace, output, flatten(output));
    } finally {
      tf.dispose(output as unknown as tf.TensorContainer);
    }
  }
}

function forgetAll(replays: Replays<unknown>): void {
  for (const replay of replays.values()) if (replay !== 'inline') forget(replay);
}

/** Whether a value is one that graphs hold, under the shape of its tensor. */
function isWhole(value: Value | ForeignValue, tensor: tf.Tensor | undefined): boolean {
  return value instanceof Value && value.shape.join() === tensor?.shape.join();
}
