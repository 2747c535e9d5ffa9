import type { SharedGate } from '../../../../core/threads/gate.js';
import type { ElementType, HostData } from '../graph/spec.js';

/** A tensor on its way to the runner. */
export interface HostTensor {
  readonly type: ElementType;
  readonly dims: readonly number[];
  readonly data: HostData;
}

/** A tensor that the runner is to keep. */
export interface PutTensor {
  readonly type: ElementType | 'float16';
  readonly dims: readonly number[];
  readonly data: HostData | Uint16Array;
  /** Whether its memory goes over to the thread: it is nobody else's any more. */
  readonly isGiven?: boolean;
}

/** What a model takes: a value that the runner holds, by number, or data that comes along. */
export type Feed = number | HostTensor;

/** Shape and type of a result of a model. */
interface ResultSpec {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly number[];
}

/** A model to load: the bytes of an ONNX file, and the names of what goes in and out. */
export interface ModelSpec {
  readonly bytes: Uint8Array;
  readonly inputs: readonly string[];
  readonly results: readonly ResultSpec[];
  /** `all` lets ONNX Runtime rewrite the graph, which costs time once; `disabled` takes it as it is. */
  readonly optimization: 'all' | 'disabled';
  /**
   * Whether ONNX Runtime notes down where intermediate values lie: saves time where a run takes milliseconds, and holds their
   * memory twice.
   */
  readonly hasPattern?: boolean;
  /** Whether it keeps the memory of intermediate values for its next run; one that runs once for each weight does not. */
  readonly keepsMemory?: boolean;
  /** True of a model that was not made here: it has no `DONE_OUTPUT`, and the shapes of its results come with each run. */
  readonly isFile?: true;
  /** Files of weights beside the model: their names in it, and their bytes. */
  readonly external?: readonly { readonly location: string; readonly data: Uint8Array }[];
}

/** What of a model its runs need. */
export type ModelEdges = Pick<ModelSpec, 'inputs' | 'results' | 'isFile'>;

/** What the runner is asked, in order. Nothing is answered but `loaded`, `settle`, `read` and `readSync`. */
export type Command =
  | { readonly kind: 'put'; readonly id: number; readonly tensor: PutTensor }
  | { readonly kind: 'load'; readonly model: number; readonly spec: ModelSpec }
  | {
      readonly kind: 'run';
      readonly model: number;
      readonly feeds: readonly Feed[];
      /** Numbers under which the results are kept. */
      readonly results: readonly number[];
      /** Whether its result, of as many bytes, may take the memory of what it was fed. */
      readonly isInPlace?: boolean;
      /** Shapes of the results, of a model whose shapes are free. */
      readonly shapes?: readonly (readonly number[])[];
    }
  /** Answered when a model is loaded, or why it is not. */
  | { readonly kind: 'loaded'; readonly ticket: number; readonly model: number }
  | { readonly kind: 'free'; readonly ids: readonly number[] }
  | { readonly kind: 'unload'; readonly model: number }
  | { readonly kind: 'stop' }
  | { readonly kind: 'settle'; readonly ticket: number; readonly ids: readonly number[] }
  | { readonly kind: 'read'; readonly ticket: number; readonly id: number }
  | { readonly kind: 'readSync'; readonly id: number; readonly shared: SharedArrayBuffer };

/** Answers of the runner. */
export type Answer =
  | { readonly kind: 'ready'; readonly version: string }
  | { readonly kind: 'refused'; readonly problem: string }
  /** The last one, of threads whose end nothing else tells. */
  | { readonly kind: 'ended' }
  | { readonly kind: 'settled'; readonly ticket: number; readonly problem?: string }
  | { readonly kind: 'data'; readonly ticket: number; readonly data?: HostData; readonly problem?: string };

/** How a runner and its thread are set up. */
export interface RunnerSettings {
  /** Execution provider of ONNX Runtime. */
  readonly provider: string;
  /** Threads of one operation; ONNX Runtime's own choice where absent. */
  readonly threads?: number | undefined;
  /** Browsers: URL of the folder that has the .wasm files of onnxruntime-web; where bundlers put them if absent. */
  readonly wasmPath?: string | undefined;
}

/** What the thread is told when it starts. */
export interface ThreadSettings extends RunnerSettings {
  /**
   * One number, which the thread sets to 1 when it ends: a thread that is blocked gets no message. Absent where nobody
   * may wait for it.
   */
  readonly ended?: SharedArrayBuffer | undefined;
  /** What its native calls pass, where it has such. */
  readonly gate?: SharedGate | undefined;
}

/** States of a shared read: the first number of the shared memory. */
export const WAITING = 0;
export const DONE = 1;
export const FAILED = 2;

/** Bytes before the data in shared memory: the state, and the length of what follows. */
export const SHARED_HEADER = 8;
