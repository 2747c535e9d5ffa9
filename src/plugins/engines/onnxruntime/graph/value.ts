import type { StoredNumbers } from '../../../../core/contracts/engine.js';
import type { Kernel, KernelAttributes } from './kernel.js';
import { sizeOf, type ElementType, type HostData, type Spec } from './spec.js';

/** How the numbers of a value that the runner holds are ordered: row by row, or blocked (see `blocked/layout.ts`). */
export type ResidentLayout = 'plain' | 'filter';

/** Where a value stands: on the host, on the host as it lies in a file, recorded but not computed, with the runner, or an input of a function being traced. */
export type ValueState =
  | { readonly kind: 'host'; readonly data: HostData }
  | { readonly kind: 'stored'; readonly numbers: StoredNumbers }
  | { readonly kind: 'recorded'; readonly node: RecordedNode }
  | { readonly kind: 'resident'; readonly layout: ResidentLayout }
  | { readonly kind: 'placeholder'; readonly index: number }
  | { readonly kind: 'gone' };

/** The state of values that nobody needs any more. */
export const GONE: ValueState = { kind: 'gone' };

let lastId = 0;

/**
 * What a tfjs tensor's data is on this backend: the `dataId` itself. It is kept as long as tensors hold it (`handles`) or
 * recorded nodes that may still be computed need it (`uses`).
 */
export class Value implements Spec {
  readonly id = ++lastId;
  readonly shape: readonly number[];
  readonly dtype: ElementType;
  state: ValueState;
  /** References of tfjs: tensors, and what autodiff keeps. */
  handles = 0;
  /** Recorded nodes that take it. */
  uses = 0;

  constructor({ shape, dtype }: Spec, state: ValueState) {
    this.shape = shape;
    this.dtype = dtype;
    this.state = state;
  }

  get size(): number {
    return sizeOf(this.shape);
  }
}

/** One kernel call that was recorded. */
export interface RecordedNode {
  readonly kernel: Kernel;
  readonly attributes: KernelAttributes;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
}
